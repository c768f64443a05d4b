using Restante.Core.States;

namespace Restante.Core.Storage;

/// <summary>A state document as it is kept.</summary>
/// <param name="Desired">What services want.</param>
/// <param name="Reported">What the device says.</param>
public sealed record StoredState(StateContent Desired, StateContent Reported)
{
    /// <summary>One part.</summary>
    public StateContent this[StatePart part] => part == StatePart.Desired ? Desired : Reported;
}
