using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>The message-ids of commands taken lately, oldest first.</summary>
internal sealed class MemoryCommandIds(MailboxLimits limits)
{
    private readonly List<(long Device, string Sender, string Id, Sequence Sequence, long AtMs)> _ids = [];

    /// <summary>The same command, if the store still has a trace of it.</summary>
    public Sequence? Find(MemoryState state, MemoryDevice device, EnqueueItem item, long nowMs)
    {
        if (item is not { Kind: MessageKind.Command, MessageId: not null, Origin.Value: 0 })
            return null;
        _ids.RemoveAll(x => nowMs - x.AtMs >= limits.IdempotencyRetentionMs);
        int at = _ids.FindLastIndex(x => x.Device == device.Record.Number.Value && x.Sender == item.Sender && x.Id == item.MessageId);
        if (at < 0)
            return null;
        Sequence sequence = _ids[at].Sequence;
        bool known = device.Messages.ContainsKey(sequence.Value) || state.AllOutcomes.Any(o => o.Sequence == sequence);
        return known ? sequence : null;
    }

    public void Add(MemoryDevice device, MemoryMessage message)
    {
        EnqueueItem item = message.Item;
        if (item.Kind == MessageKind.Command && item.MessageId is not null && item.Origin.Value == 0 && limits.IdempotencyRetentionMs > 0)
            Add(device.Record.Number.Value, item.Sender, item.MessageId, message.Sequence, message.EnqueuedAtMs);
    }

    /// <summary>Begins anew with what messages and outcomes say.</summary>
    public void Reload(MemoryState state)
    {
        _ids.Clear();
        var all = new List<(long Device, string Sender, string? Id, Sequence Sequence, long AtMs)>();
        foreach (MemoryDevice device in state.ByNumber.Values)
        {
            all.AddRange(device.Messages.Values.Where(m => m.Item.Kind == MessageKind.Command && m.Item.Origin.Value == 0)
                .Select(m => (device.Record.Number.Value, m.Item.Sender, m.Item.MessageId, m.Sequence, m.EnqueuedAtMs)));
        }

        all.AddRange(state.AllOutcomes.Where(o => o.Kind == MessageKind.Command && o.Origin.Value == 0)
            .Select(o => (o.DeviceNumber.Value, o.Sender, o.MessageId, o.Sequence, o.EnqueuedAtMs)));
        long newest = state.NewestMs;
        foreach ((long device, string sender, string? id, Sequence sequence, long atMs) in all.OrderBy(x => x.Sequence))
        {
            if (id is not null && newest - atMs < limits.IdempotencyRetentionMs)
                Add(device, sender, id, sequence, atMs);
        }

        Trim();
    }

    /// <summary>Forgets the oldest when there are too many; looked at once a call is done.</summary>
    public void Trim() => _ids.RemoveRange(0, Math.Max(0, _ids.Count - limits.MaxIdempotencyKeys));

    private void Add(long device, string sender, string id, Sequence sequence, long atMs) => _ids.Add((device, sender, id, sequence, atMs));
}
