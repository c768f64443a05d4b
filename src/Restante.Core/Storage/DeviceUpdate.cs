using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What is to change on a device; null members stay as they are.</summary>
public sealed record DeviceUpdate
{
    /// <summary>The new status.</summary>
    public DeviceStatus? Status { get; init; }

    /// <summary>The new primary key.</summary>
    public SymmetricKey? PrimaryKey { get; init; }

    /// <summary>The new secondary key.</summary>
    public SymmetricKey? SecondaryKey { get; init; }

    /// <summary>The version the caller has seen; the update is refused when it is another by now.</summary>
    public long? IfVersion { get; init; }
}
