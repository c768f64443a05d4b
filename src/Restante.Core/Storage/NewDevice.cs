using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>A device to be created.</summary>
public sealed record NewDevice(DeviceId Id, DeviceStatus Status, SymmetricKey PrimaryKey, SymmetricKey SecondaryKey);
