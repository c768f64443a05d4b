using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What a removal did.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Device">The device as it was.</param>
/// <param name="Ended">The messages that have ended as <c>device-removed</c>, in order.</param>
public sealed record RemovedDevice(DeviceUpdateStatus Status, DeviceRecord Device, IReadOnlyList<EndedMessage> Ended);
