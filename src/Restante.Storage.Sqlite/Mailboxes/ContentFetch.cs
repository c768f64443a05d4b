using Microsoft.Extensions.Logging;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

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

    public List<BrowsedMessage> Browse(List<(long Sequence, int DeliveryCount, long? LeasedUntilMs)> listed) => readers.Read(listed, (connection, all) =>
    {
        var messages = new List<BrowsedMessage>(all.Count);
        foreach ((long sequence, int deliveryCount, long? leasedUntilMs) in all)
        {
            if (MailboxRows.ReadMessage(connection, sequence) is { } row)
                messages.Add(Show(row, deliveryCount, leasedUntilMs));
        }

        return messages;
    });

    public BrowsedMessage Show((BrowsedMessage Message, long Device, bool Intact) row, int deliveryCount, long? leasedUntilMs)
    {
        if (!row.Intact)
            NoteDamage(row.Message.Sequence.Value);
        return row.Message with { DeliveryCount = deliveryCount, LeasedUntilMs = leasedUntilMs };
    }

    private static LeasedMessage Message(in Grant grant) => new()
    {
        Lease = new LeaseId(new Sequence(grant.Sequence), grant.DeliveryCount),
        Kind = grant.Content!.Kind,
        MessageId = grant.Content.MessageId,
        EnqueuedAtMs = grant.Content.EnqueuedAtMs,
        ExpiresAtMs = grant.ExpiresAtMs,
        LeasedUntilMs = grant.UntilMs,
        Content = grant.Content.Content,
    };

    private void Read(MailboxShard shard, List<Grant> grants, ref List<Claim>? ends)
    {
        List<long> damaged = [];
        readers.Read((grants, damaged), static (connection, x) =>
        {
            for (int i = 0; i < x.grants.Count; i++)
            {
                Grant grant = x.grants[i];
                if (grant.Content is not null)
                    continue;
                x.grants[i] = grant with { Content = MailboxRows.ReadContent(connection, grant.Sequence, out bool intact) };
                if (!intact)
                    x.damaged.Add(grant.Sequence);
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
