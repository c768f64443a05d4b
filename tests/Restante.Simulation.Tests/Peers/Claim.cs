using Restante.Core.Enrolment;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A one-time claim that a device was given.</summary>
/// <param name="Name">Names it in the ledger.</param>
/// <param name="Token">The secret.</param>
internal sealed record Claim(string Name, ClaimToken Token)
{
    /// <summary>How a device presents it: with the key of its choice, or beside its certificate.</summary>
    public string PasswordWith(DeviceKey key) =>
        key.Certificate is null ? $"claim:{Token.Reveal()}:{key.Password}" : $"claim:{Token.Reveal()}";
}
