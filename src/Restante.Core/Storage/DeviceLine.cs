using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Selection;

namespace Restante.Core.Storage;

/// <summary>
/// A device of an import: how it is created when it is not there, and what was said of it, which is all that counts when it is.
/// </summary>
/// <param name="Device">The device to be created.</param>
/// <param name="Stated">What was said; null members are not looked at. The desired state is for the beginning only.</param>
public sealed record DeviceLine(NewDevice Device, DeviceUpdate Stated)
{
    /// <summary>True when any key will do as the primary credential: one that is there is not replaced.</summary>
    public bool AnyPrimaryKey { get; init; }

    /// <summary>True when any key will do as the secondary credential.</summary>
    public bool AnySecondaryKey { get; init; }

    /// <summary>
    /// Groups among those stated that who imports puts no device into, as they are part of others' scopes; one that is in such a group
    /// already may stay.
    /// </summary>
    public IReadOnlyList<string> Reserved { get; init; } = [];

    /// <summary>The first group of <see cref="Reserved"/> that the device does not belong to; null for none.</summary>
    /// <param name="there">The device that is there; null for none.</param>
    public string? NewlyReserved(DeviceRecord? there) => Reserved.FirstOrDefault(g => there?.Groups.Contains(g) != true);

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

    /// <summary>Says what is to be done, and nothing else: the rules of <see cref="IRegistryStore.ImportDevicesAsync"/>.</summary>
    /// <param name="there">The device that is there; null for none.</param>
    /// <param name="gateway">The device that is to be the gateway; null when there is none.</param>
    /// <param name="update">Whether a device that differs is changed.</param>
    /// <param name="reach">The devices that are reached; null for all.</param>
    public DeviceLineResult Decide(DeviceRecord? there, DeviceRecord? gateway, bool update, AudienceQuery? reach)
    {
        bool lacksGateway = Device.Gateway is not null && (gateway is null || reach?.Matches(gateway) == false);
        if (there is null || reach?.Matches(there) == false)
        {
            // Who could not create it either learns nothing of whether it is there.
            bool isReached = reach?.Matches(Device.Id, DeviceFacts.Of(Device.Tags, Device.Groups)) != false;
            if (!isReached)
                return new DeviceLineResult(DeviceLineStatus.Outside, null);
            if (reach is not null && GivesCertificate(Device.Primary, Device.Secondary))
                return new DeviceLineResult(DeviceLineStatus.CertificateGiven, null);
            if (Reserved.Count > 0)
                return new DeviceLineResult(DeviceLineStatus.Reserved, null);
            if (there is not null)
                return new DeviceLineResult(DeviceLineStatus.Differs, null);
            return new DeviceLineResult(lacksGateway ? DeviceLineStatus.GatewayNotFound : DeviceLineStatus.Created, null);
        }

        if (DifferenceTo(there) is not DeviceUpdate change)
            return new DeviceLineResult(DeviceLineStatus.Unchanged, there);
        if (!update)
            return new DeviceLineResult(DeviceLineStatus.Differs, there);
        if (reach is not null && GivesCertificate(change.Primary, change.Secondary))
            return new DeviceLineResult(DeviceLineStatus.CertificateGiven, there);
        if (reach?.Matches(there with { Tags = change.Tags ?? there.Tags, Groups = change.Groups ?? there.Groups }) == false)
            return new DeviceLineResult(DeviceLineStatus.Outside, there);
        if (change.Groups is not null && NewlyReserved(there) is not null)
            return new DeviceLineResult(DeviceLineStatus.Reserved, there);
        return lacksGateway && change.Gateway is not null
            ? new DeviceLineResult(DeviceLineStatus.GatewayNotFound, there)
            : new DeviceLineResult(DeviceLineStatus.Changed, there, change);
    }

    /// <summary>
    /// True when any of these opens a device to a certificate. A certificate may name several devices, so who enters one of its names
    /// becomes its owner: who does not reach all devices may not.
    /// </summary>
    internal static bool GivesCertificate(params ReadOnlySpan<Credential?> credentials)
    {
        foreach (Credential? credential in credentials)
        {
            if (credential is CertificateThumbprint or AuthoritySigned)
                return true;
        }

        return false;
    }

    private static bool Holds(Credential held, Credential? stated, bool anyKey) =>
        stated is null || (anyKey && held is SymmetricKey) || held.Equals(stated);
}
