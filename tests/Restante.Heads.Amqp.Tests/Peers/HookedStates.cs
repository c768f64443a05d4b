using Restante.Core.Devices;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Tests.Peers;

internal sealed class HookedStates(IStateStore inner, Hooks hooks) : IStateStore
{
    public ValueTask<StoredState?> ReadAsync(DeviceNumber device) => hooks.Run("read-state", () => inner.ReadAsync(device));

    public ValueTask<StateWriteResult> WriteAsync(
        DeviceNumber device, StatePart part, ReadOnlyMemory<byte> json, long? ifVersion, long nowMs)
    {
        byte[] copy = json.ToArray();
        return hooks.Run("write-state", () => inner.WriteAsync(device, part, copy, ifVersion, nowMs));
    }
}
