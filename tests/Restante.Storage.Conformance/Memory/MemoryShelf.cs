using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryShelf(MemoryState state) : IShelfStore
{
    public ValueTask<IReadOnlyList<ShelvedMessage>> ListAsync(DeviceNumber device, Sequence after, int max) =>
        state.Run<IReadOnlyList<ShelvedMessage>>(() =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
            return [.. Of(device).Where(m => m.Sequence.CompareTo(after) > 0).OrderBy(m => m.Sequence).Take(max)];
        });

    public ValueTask<ShelvedMessage?> FindAsync(DeviceNumber device, Sequence sequence) =>
        state.Run(() => Of(device).Find(m => m.Sequence == sequence));

    public ValueTask<bool> DeleteAsync(DeviceNumber device, Sequence sequence) => state.Run(() =>
    {
        state.CheckWrite();
        return Of(device).RemoveAll(m => m.Sequence == sequence) > 0;
    });

    public ValueTask<int> DeleteAllAsync(DeviceNumber device) => state.Run(() =>
    {
        state.CheckWrite();
        return Of(device).RemoveAll(_ => true);
    });

    public ValueTask<EnqueueResult?> ResendAsync(DeviceNumber device, Sequence sequence, long expiresAtMs, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        if (Of(device).Find(m => m.Sequence == sequence) is not ShelvedMessage shelved)
            return null;
        var item = new EnqueueItem
        {
            Device = state.ByNumber[device.Value].Record.Id,
            Kind = shelved.Kind,
            Content = shelved.Content,
            ExpiresAtMs = expiresAtMs,
            MessageId = shelved.MessageId,
            Sender = shelved.Sender,
            Flags = shelved.Flags,
            Origin = sequence,
        };
        EnqueueResult result = state.Insert(state.ByNumber[device.Value], item, nowMs);
        if (result.Status == EnqueueStatus.Enqueued)
            Of(device).Remove(shelved);
        return (EnqueueResult?)result;
    });

    private List<ShelvedMessage> Of(DeviceNumber device) => state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found) ? found.Shelf : [];
}
