using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What a removal did.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Device">The device as it was.</param>
/// <param name="MessagesEnded">How many waiting messages ended as <c>device-removed</c>.</param>
public sealed record RemovedDevice(DeviceUpdateStatus Status, DeviceRecord Device, int MessagesEnded);
