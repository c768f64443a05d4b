using Restante.Core.Devices;
using Restante.Core.States;

namespace Restante.Core.Storage;

/// <summary>
/// The state documents of devices. They go with their device: <see cref="IRegistryStore.RemoveDeviceAsync"/> removes them.
/// </summary>
public interface IStateStore
{
    /// <summary>Reads both parts; null when there is no such device.</summary>
    ValueTask<StoredState?> ReadAsync(DeviceNumber device);

    /// <summary>Replaces one part and counts its version.</summary>
    /// <param name="device">The device.</param>
    /// <param name="part">Which part.</param>
    /// <param name="json">Its new content; copied before the call returns. The store does not look into it.</param>
    /// <param name="ifVersion">The version it must have now; null for whatever it has.</param>
    /// <param name="nowMs">The time.</param>
    ValueTask<StateWriteResult> WriteAsync(DeviceNumber device, StatePart part, ReadOnlyMemory<byte> json, long? ifVersion, long nowMs);
}
