namespace Restante.Core.States;

/// <summary>One half of a device's state document. The numbers are kept in stores.</summary>
public enum StatePart
{
    /// <summary>What services want; the device reads it.</summary>
    Desired = 0,

    /// <summary>What the device says; services read it.</summary>
    Reported = 1,
}
