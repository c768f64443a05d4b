namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Contents of messages written lately, bounded in bytes; the oldest goes first. Guarded by its shard's lock.</summary>
internal sealed class RecentContents(long maxBytes)
{
    private const int Overhead = 160;

    private readonly Dictionary<long, LinkedListNode<(long Sequence, StoredContent Content)>> _bySequence = [];
    private readonly LinkedList<(long Sequence, StoredContent Content)> _byAge = new();
    private long _bytes;

    public void Add(long sequence, StoredContent content)
    {
        long size = content.Content.Length + Overhead;
        if (size > maxBytes)
            return;
        _bytes += size;
        _bySequence[sequence] = _byAge.AddLast((sequence, content));
        while (_bytes > maxBytes)
            Remove(_byAge.First!.Value.Sequence);
    }

    public StoredContent? Find(long sequence) =>
        _bySequence.TryGetValue(sequence, out LinkedListNode<(long Sequence, StoredContent Content)>? node) ? node.Value.Content : null;

    public void Remove(long sequence)
    {
        if (!_bySequence.Remove(sequence, out LinkedListNode<(long Sequence, StoredContent Content)>? node))
            return;
        _byAge.Remove(node);
        _bytes -= node.Value.Content.Content.Length + Overhead;
    }
}
