namespace Restante.Core.Devices;

/// <summary>
/// The gateway's own name of one generation of a device. A device that is removed and created again has a new number,
/// so it never sees mail, leases or sessions of its predecessor. Numbers start at 1 and are never used twice.
/// </summary>
public readonly record struct DeviceNumber(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
