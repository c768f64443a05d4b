using Microsoft.Extensions.Logging;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Notifications;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Completes what the index knows of messages with what the database holds of them.</summary>
internal sealed class ContentFetch(ReaderPool readers, StoreMetrics metrics, ILogger logger)
{
    /// <summary>What an operator reads when stored bytes do not match their checksum.</summary>
    public const string DamagedReason = "The stored message is damaged.";

    /// <summary>The contents of grants. Messages that were ended meanwhile are left out; damaged ones are claimed to end.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public LeasedMessage[] Fetch(MailboxShard shard, List<Grant> grants, ref List<Claim>? ends)
    {
        if (grants.Count == 0)
            return [];
        if (grants.Exists(g => g.Content is null))
            Read(shard, grants, ref ends);
        var messages = new LeasedMessage[grants.Count];
        for (int i = 0; i < messages.Length; i++)
            messages[i] = Message(grants[i]);
        return messages;
    }

    /// <summary>The messages themselves. Those that were ended meanwhile are left out.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public void Browse(List<Listed> listed, List<BrowsedMessage> messages)
    {
        readers.Read(listed, (connection, all) =>
        {
            foreach (Listed one in all)
            {
                if (one.IsOffered && NotificationRows.ReadMessage(connection, one) is BrowsedMessage notification)
                    messages.Add(notification);
                else if (MailboxRows.ReadMessage(connection, one.Sequence) is { } row)
                    messages.Add(Show(row, one));
            }

            return true;
        });
    }

    public BrowsedMessage Show((BrowsedMessage Message, long Device, bool Intact) row, in Listed listed)
    {
        if (!row.Intact)
            NoteDamage(row.Message.Sequence.Value);
        return row.Message with
        {
            DeliveryCount = listed.DeliveryCount,
            LeasedUntilMs = listed.LeasedUntilMs,
            HeldBackUntilMs = listed.HeldBackUntilMs,
        };
    }

    private static LeasedMessage Message(in Grant grant) => new()
    {
        Lease = new LeaseId(new Sequence(grant.Sequence), grant.DeliveryCount),
        Kind = grant.Content!.Kind,
        MessageId = grant.Content.MessageId,
        Sender = grant.Content.Sender,
        EnqueuedAtMs = grant.Content.EnqueuedAtMs,
        ExpiresAtMs = grant.ExpiresAtMs,
        LeasedUntilMs = grant.UntilMs,
        Content = grant.Content.Content,
    };

    private void Read(MailboxShard shard, List<Grant> grants, ref List<Claim>? ends)
    {
        List<long> damaged = [];
        readers.Read((shard, grants, damaged), static (connection, x) =>
        {
            for (int i = 0; i < x.grants.Count; i++)
            {
                Grant grant = x.grants[i];
                if (grant.Content is not null)
                    continue;
                bool intact;
                x.grants[i] = grant with
                {
                    Content = grant.IsOffered
                        ? NotificationRows.ReadContent(connection, grant.Sequence, out intact)
                        : MailboxRows.ReadContent(connection, grant.Sequence, out intact),
                };
                if (!intact)
                    x.damaged.Add(grant.Sequence);
                else if (grant.IsOffered && x.grants[i].Content is StoredContent content)
                    x.shard.KeepContent(grant.Sequence, content);
            }

            return true;
        });
        foreach (long sequence in damaged)
        {
            NoteDamage(sequence);
            Grant grant = grants.Find(g => g.Sequence == sequence);
            if (shard.TryClaimDamaged(grant, DamagedReason, out Claim claim))
                (ends ??= []).Add(claim);
        }

        grants.RemoveAll(g => g.Content is null || damaged.Contains(g.Sequence));
    }

    private void NoteDamage(long sequence)
    {
        metrics.Damaged();
        Log.MessageDamaged(logger, sequence);
    }
}
