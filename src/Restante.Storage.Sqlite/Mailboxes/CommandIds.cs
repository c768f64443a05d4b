using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// The message-ids of the commands taken lately, each as a hash beside the command's sequence: about 60 bytes. A hit is looked up in the
/// database, which alone decides. Used by the writer's thread only, once it has been filled at the start.
/// </summary>
internal sealed class CommandIds(MailboxLimits limits)
{
    private readonly KeyedHash _hash = new();
    private readonly Dictionary<ulong, long> _sequences = [];
    private readonly Queue<(ulong Hash, long Sequence, long AtMs)> _byAge = new();
    private long _overflows;

    /// <summary>How many have been forgotten before their time, as there were too many.</summary>
    public long Overflows => Volatile.Read(ref _overflows);

    public int Count => _sequences.Count;

    /// <summary>Whether the message-id of a message counts.</summary>
    public bool Covers(EnqueueItem item) =>
        item is { Kind: MessageKind.Command, MessageId: not null, Origin.Value: 0 } && limits.IdempotencyRetentionMs > 0;

    public ulong HashOf(long device, string sender, string messageId) => _hash.Of(device, sender, messageId);

    /// <summary>The command that probably has this message-id; 0 for none.</summary>
    public long Find(ulong hash, long nowMs)
    {
        while (_byAge.TryPeek(out (ulong Hash, long Sequence, long AtMs) oldest) && nowMs - oldest.AtMs >= limits.IdempotencyRetentionMs)
            DropOldest();
        return _sequences.GetValueOrDefault(hash);
    }

    /// <summary>Remembers a command that has been committed.</summary>
    public void Add(ulong hash, long sequence, long atMs)
    {
        _sequences[hash] = sequence;
        _byAge.Enqueue((hash, sequence, atMs));
        if (_byAge.Count <= limits.MaxIdempotencyKeys)
            return;
        DropOldest();
        Volatile.Write(ref _overflows, _overflows + 1);
    }

    /// <summary>
    /// Remembers a command of the time before the start. They come in the order of their sequences; what there is no room for is not
    /// counted as forgotten.
    /// </summary>
    public void Restore(StoredId stored)
    {
        if (_byAge.Count == limits.MaxIdempotencyKeys)
            DropOldest();
        _sequences[stored.Hash] = stored.Sequence;
        _byAge.Enqueue((stored.Hash, stored.Sequence, stored.AtMs));
    }

    private void DropOldest()
    {
        (ulong hash, long sequence, _) = _byAge.Dequeue();
        if (_sequences.TryGetValue(hash, out long newest) && newest == sequence)
            _sequences.Remove(hash);
    }
}
