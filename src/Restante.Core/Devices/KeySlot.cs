namespace Restante.Core.Devices;

/// <summary>Which of the two keys of a device or policy is meant.</summary>
public enum KeySlot
{
    /// <summary>The first.</summary>
    Primary = 0,

    /// <summary>The second.</summary>
    Secondary = 1,
}
