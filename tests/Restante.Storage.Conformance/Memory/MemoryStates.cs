using Restante.Core.Devices;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryStates(MemoryState state) : IStateStore
{
    public ValueTask<StoredState?> ReadAsync(DeviceNumber device) =>
        state.Run(() => state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found) ? found.State : null);

    public ValueTask<StateWriteResult> WriteAsync(DeviceNumber device, StatePart part, ReadOnlyMemory<byte> json, long? ifVersion, long nowMs)
    {
        byte[] copy = json.ToArray();
        return state.Run(() =>
        {
            state.CheckWrite();
            if (!state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found))
                return new StateWriteResult(StateWriteStatus.NotFound, 0);
            long version = found.State[part].Version;
            if (ifVersion is long expected && expected != version)
                return new StateWriteResult(StateWriteStatus.VersionMismatch, version);
            var content = new StateContent(version + 1, nowMs, copy);
            found.State = part == StatePart.Desired ? found.State with { Desired = content } : found.State with { Reported = content };
            return new StateWriteResult(StateWriteStatus.Written, version + 1);
        });
    }
}
