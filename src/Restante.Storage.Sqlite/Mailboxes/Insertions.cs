using System.Runtime.InteropServices;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// The messages that one write operation puts into mailboxes, and what they replace. The operation calls <see cref="Begin"/> and
/// <see cref="Insert"/>
/// within its <see cref="WriteOperation.Execute"/>, and <see cref="Apply"/> or <see cref="Undo"/> within its own.
/// Depth and size are checked in the order of the writer's queue, what the same transaction did before included.
/// </summary>
internal sealed class Insertions(MailboxIndex index, MailboxLimits limits)
{
    private readonly List<Inserted> _inserted = [];
    private readonly List<Claim> _replaced = [];

    /// <summary>Forgets what an earlier attempt of the same operation has inserted.</summary>
    public void Begin() => Undo();

    /// <summary>Writes a message, unless it is a duplicate or the mailbox refuses it.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="device">Whose mailbox; its number decides, not the id in the item.</param>
    /// <param name="item">The message.</param>
    /// <param name="content">Its content, which is the store's own from now on.</param>
    /// <param name="nowMs">The time.</param>
    public EnqueueResult Insert(WriteSession session, long device, EnqueueItem item, byte[] content, long nowMs)
    {
        MailboxShard shard = index.ShardOf(device);
        if (!shard.TryGetInfo(device, out MailboxInfo info))
            return new EnqueueResult(EnqueueStatus.DeviceNotFound, default, default, 0);
        var number = new DeviceNumber(device);
        (int Messages, long Bytes) added = session.Mail.Added(device);
        int depth = info.Messages + added.Messages;
        ulong id = index.Ids.Covers(item) ? index.Ids.HashOf(device, item.Sender, item.MessageId!) : 0;
        if (id != 0 && FindSame(session, id, device, item, nowMs) is long same and not 0)
            return new EnqueueResult(EnqueueStatus.Duplicate, new Sequence(same), number, depth);

        int firstReplaced = _replaced.Count;
        KeyedMessage[] unseen = [];
        if (item.ReplaceKey is string key)
        {
            shard.ClaimReplaced(device, key, _replaced);
            unseen = [.. session.Mail.Keyed(device, key)];
        }

        Span<Claim> replaced = CollectionsMarshal.AsSpan(_replaced)[firstReplaced..];
        depth -= replaced.Length + unseen.Length;
        long bytes = info.Bytes + added.Bytes - unseen.Sum(m => (long)m.Size);
        foreach (ref Claim claim in replaced)
            bytes -= claim.Size;
        if (depth >= limits.MaxDepth || bytes + content.Length > limits.MaxBytes)
        {
            EnqueueStatus full = depth >= limits.MaxDepth ? EnqueueStatus.MailboxFull : EnqueueStatus.MailboxBytesFull;
            depth += replaced.Length + unseen.Length;
            GiveUp(firstReplaced);
            return new EnqueueResult(full, default, number, depth);
        }

        long sequence = session.Insert(new NewMessage(device, item, content, nowMs));
        List<EndedMessage>? ended = replaced.Length + unseen.Length > 0 ? Replace(session, replaced, unseen, sequence, nowMs) : null;
        Note(session, new Inserted(device, sequence, item, content, nowMs, id, Keyed(session, device, sequence, item, content.Length)));
        return new EnqueueResult(EnqueueStatus.Enqueued, new Sequence(sequence), number, depth + 1, ended);
    }

    /// <summary>Shows in the index what has been committed.</summary>
    public void Apply()
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(_replaced))
            claim.Shard.Finish(claim, 0);
        _replaced.Clear();
        foreach (Inserted one in _inserted)
        {
            if (one.Id != 0)
                index.Ids.Add(one.Id, one.Sequence, one.NowMs);
            if (one.Keyed is { IsReplaced: true })
                continue;
            var content = new StoredContent(one.Item.Kind, one.Item.MessageId, one.Item.Sender, one.NowMs, one.Content);
            index.ShardOf(one.Device).Append(NewEntry.Of(one.Device, one.Sequence, one.Item, one.Content.Length), one.NowMs, content);
        }

        _inserted.Clear();
    }

    /// <summary>Nothing of it was committed.</summary>
    public void Undo()
    {
        GiveUp(0);
        _inserted.Clear();
    }

    private static KeyedMessage? Keyed(WriteSession session, long device, long sequence, EnqueueItem item, int size)
    {
        if (item.ReplaceKey is not string key)
            return null;
        var keyed = new KeyedMessage(device, sequence, size);
        session.Mail.AddKeyed(key, keyed);
        return keyed;
    }

    private static List<EndedMessage> Replace(WriteSession session, Span<Claim> replaced, KeyedMessage[] unseen, long by, long nowMs)
    {
        string reason = $"Replaced by message {by}.";
        var ended = new List<EndedMessage>(replaced.Length + unseen.Length);
        foreach (ref Claim claim in replaced)
        {
            claim.Reason = reason;
            claim.Ended = session.End(claim.Ending, nowMs);
            if (!claim.Ended)
                continue;
            session.Mail.Track(claim.Device, -1, -claim.Size);
            session.Mail.NoteReplaced(claim.Sequence);
            if (claim.Shard.IsCountStored(claim.Entry))
                session.ForgetDelivery(claim.Sequence);
            ended.Add(claim.AsEnded);
        }

        foreach (KeyedMessage message in unseen)
            ended.Add(EndUnseen(session, message, reason, nowMs));
        return ended;
    }

    // A message of the same transaction: the index has not seen it.
    private static EndedMessage EndUnseen(WriteSession session, KeyedMessage message, string reason, long nowMs)
    {
        Listed listed = MailboxRows.ReadListed(session.Connection, message.Sequence);
        session.End(listed.Ending(Outcome.Cancelled, reason), nowMs);
        session.Mail.Track(message.Device, -1, -message.Size);
        message.IsReplaced = true;
        return new EndedMessage(new DeviceNumber(message.Device), new Sequence(message.Sequence), listed.Kind, Outcome.Cancelled, 0);
    }

    private long FindSame(WriteSession session, ulong id, long device, EnqueueItem item, long nowMs)
    {
        long found = session.Mail.FindId(id);
        if (found == 0)
            found = index.Ids.Find(id, nowMs);
        long after = nowMs - limits.IdempotencyRetentionMs;
        return found != 0 && CommandIdRows.Is(session.Connection, found, device, item.Sender, item.MessageId!, after) ? found : 0;
    }

    private void Note(WriteSession session, in Inserted inserted)
    {
        if (inserted.Id != 0)
            session.Mail.AddId(inserted.Id, inserted.Sequence);
        _inserted.Add(inserted);
    }

    private void GiveUp(int from)
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(_replaced)[from..])
            claim.Shard.Undo(claim);
        _replaced.RemoveRange(from, _replaced.Count - from);
    }

    private readonly record struct Inserted(
        long Device, long Sequence, EnqueueItem Item, byte[] Content, long NowMs, ulong Id, KeyedMessage? Keyed);
}
