using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What became of an update.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Device">The device after the call; null when it was not found.</param>
public readonly record struct DeviceUpdateResult(DeviceUpdateStatus Status, DeviceRecord? Device);

/// <summary>Whether an update was done.</summary>
public enum DeviceUpdateStatus
{
    /// <summary>Done.</summary>
    Updated,

    /// <summary>There is no such device.</summary>
    NotFound,

    /// <summary>The device has another version by now.</summary>
    VersionMismatch,

    /// <summary>There is no device of the gateway's id.</summary>
    GatewayNotFound,
}
