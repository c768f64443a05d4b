using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// Fills the memory of message-ids at the start with what the database has, counted back from the newest that it has. The messages that
/// wait are handed to it one by one by who reads them anyway; those that have ended it reads itself.
/// </summary>
internal sealed class CommandIdFilling
{
    private readonly CommandIds _ids;
    private readonly long _afterMs;
    private readonly List<StoredId> _ended = [];
    private int _next;

    public CommandIdFilling(CommandIds ids, MailboxLimits limits, Connection connection)
    {
        _ids = ids;
        _afterMs = long.MaxValue;
        if (limits.IdempotencyRetentionMs == 0)
            return;
        _afterMs = CommandIdRows.NewestMs(connection) - limits.IdempotencyRetentionMs;
        _ended = CommandIdRows.ReadEnded(connection, ids, _afterMs, limits.MaxIdempotencyKeys);
    }

    /// <summary>A message that waits; they come in the order of their sequences.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="device">Whose it is.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="row">Its row.</param>
    /// <param name="first">The column of its time; then those of its origin, message-id and sender.</param>
    public void Add(long sequence, long device, MessageKind kind, Statement row, int first)
    {
        long atMs = row.Int64(first);
        if (atMs <= _afterMs || kind != MessageKind.Command || row.Int64(first + 1) != 0 || row.Text(first + 2) is not string messageId)
            return;
        AddEnded(sequence);
        _ids.Restore(new StoredId(sequence, _ids.HashOf(device, row.Text(first + 3)!, messageId), atMs));
    }

    /// <summary>All messages have come.</summary>
    public void Finish() => AddEnded(long.MaxValue);

    private void AddEnded(long before)
    {
        while (_next < _ended.Count && _ended[_next].Sequence < before)
            _ids.Restore(_ended[_next++]);
    }
}
