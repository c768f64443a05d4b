using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>A device of an import: how it is created when it is not there, and what was said of it, which is all that counts when it is.</summary>
/// <param name="Device">The device to be created.</param>
/// <param name="Stated">What was said; null members are not looked at. The desired state is for the beginning only.</param>
public sealed record DeviceLine(NewDevice Device, DeviceUpdate Stated)
{
    /// <summary>True when any key will do as the primary credential: one that is there is not replaced.</summary>
    public bool AnyPrimaryKey { get; init; }

    /// <summary>True when any key will do as the secondary credential.</summary>
    public bool AnySecondaryKey { get; init; }

    /// <summary>What would have to change so that a device is as was said; null when it is already.</summary>
    public DeviceUpdate? DifferenceTo(DeviceRecord device)
    {
        var difference = new DeviceUpdate
        {
            Status = Stated.Status == device.Status ? null : Stated.Status,
            Primary = Holds(device.Primary, Stated.Primary, AnyPrimaryKey) ? null : Stated.Primary,
            Secondary = Holds(device.Secondary, Stated.Secondary, AnySecondaryKey) ? null : Stated.Secondary,
            Tags = Stated.Tags is null || DeviceTags.AreSame(device.Tags, Stated.Tags) ? null : Stated.Tags,
            Groups = Stated.Groups is null || device.Groups.SequenceEqual(Stated.Groups) ? null : Stated.Groups,
            Gateway = Stated.Gateway == device.Gateway ? null : Stated.Gateway,
        };
        return difference is { Status: null, Primary: null, Secondary: null, Tags: null, Groups: null, Gateway: null } ? null : difference;
    }

    private static bool Holds(Credential held, Credential? stated, bool anyKey) =>
        stated is null || (anyKey && held is SymmetricKey) || held.Equals(stated);
}
