using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What is to change on a device; null members stay as they are.</summary>
public sealed record DeviceUpdate
{
    /// <summary>The new status.</summary>
    public DeviceStatus? Status { get; init; }

    /// <summary>The new primary credential; <see cref="Credential.None"/> empties the slot.</summary>
    public Credential? Primary { get; init; }

    /// <summary>The new secondary credential; <see cref="Credential.None"/> empties the slot.</summary>
    public Credential? Secondary { get; init; }

    /// <summary>The new tags, in place of all old ones.</summary>
    public string? Tags { get; init; }

    /// <summary>The new groups, in place of all old ones.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The device that may act for it from now on.</summary>
    public DeviceId? Gateway { get; init; }

    /// <summary>True when no device may act for it from now on.</summary>
    public bool RemoveGateway { get; init; }

    /// <summary>The version the caller has seen; the update is refused when it is another by now.</summary>
    public long? IfVersion { get; init; }
}
