namespace Restante.Simulation.Tests.Peers;

/// <summary>What a device does with a message.</summary>
internal enum Verdict
{
    Accept,
    Reject,
    Release,

    /// <summary>Nothing: its lease lapses, or the connection ends.</summary>
    Forget,

    /// <summary>Holds it longer, then accepts.</summary>
    Renew,
}
