using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What a search through the devices has come to.</summary>
/// <param name="Devices">Who was found, in the ordinal order of their ids.</param>
/// <param name="Next">The id to go on after; null when there are no more devices.</param>
/// <param name="LookedAt">About how many were looked at.</param>
public readonly record struct DeviceSearch(IReadOnlyList<DeviceRecord> Devices, DeviceId? Next, int LookedAt);
