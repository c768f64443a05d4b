using Restante.Core.Access;

namespace Restante.Simulation.Tests.Peers;

/// <summary>Somebody is changing what a slot of a device holds.</summary>
/// <param name="slot">The slot.</param>
/// <param name="next">What is to be there; null for nothing.</param>
/// <param name="run">The run of the gateway in which it was asked for: with that its chance has gone.</param>
/// <param name="number">Its place among the changes of the slot.</param>
internal sealed class KeyChange(CredentialSlot slot, DeviceKey? next, int run, int number)
{
    public CredentialSlot Slot => slot;

    public DeviceKey? Next => next;

    public int Run => run;

    public int Number => number;

    /// <summary>How often it was asked for, of which nobody heard the end.</summary>
    public int Attempts { get; set; } = 1;

    /// <summary>Nobody else was changing this slot meanwhile, so that what was done last is known.</summary>
    public bool IsAlone { get; set; } = true;
}
