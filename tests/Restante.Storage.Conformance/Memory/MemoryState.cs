using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>What the registry and the mailboxes share.</summary>
internal sealed class MemoryState(MailboxLimits limits, Action checkWrite)
{
    private long _lastSequence;
    private long _lastOutcome;
    private long _lastEpoch;
    private long _lastDevice;
    private long _lastInquiry;
    private long _lastIssued;

    public Lock Gate { get; } = new();

    public MailboxLimits Limits { get; } = limits;

    public SortedDictionary<string, MemoryDevice> ById { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<long, MemoryDevice> ByNumber { get; } = [];

    public SortedDictionary<string, AuthorityRecord> Authorities { get; } = new(StringComparer.Ordinal);

    public List<IssuerRecord> Issuers { get; } = [];

    /// <summary>Issued certificates, the oldest first.</summary>
    public List<IssuedCertificate> Issued { get; } = [];

    public SortedDictionary<string, PolicyRecord> Policies { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<long, OutcomeRecord> Outcomes { get; } = [];

    public MemoryCommandIds CommandIds { get; } = new(limits);

    /// <summary>Outcomes that are not told in the feed, oldest first.</summary>
    public List<OutcomeRecord> Untold { get; } = [];

    /// <summary>Every outcome that is kept, told or not.</summary>
    public IEnumerable<OutcomeRecord> AllOutcomes => Outcomes.Values.Concat(Untold);

    /// <summary>How far readers of feeds have come, and when that was said.</summary>
    public Dictionary<string, (long Number, long AtMs)> Cursors { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<long, MemoryNotification> Notifications { get; } = [];

    public SortedDictionary<long, MemoryInquiry> Inquiries { get; } = [];

    /// <summary>The newest number in the feed of ended inquiries of each subject.</summary>
    public SortedDictionary<string, long> InquiryEnds { get; } = new(StringComparer.Ordinal);

    /// <summary>The highest number of a subject that was forgotten.</summary>
    public long ForgottenEnd { get; set; }

    public long LastOutcome => _lastOutcome;

    /// <summary>The latest notification that was published since the store was opened.</summary>
    public Sequence LastPublished { get; set; }

    /// <summary>Refuses the durable change that is about to be made, if the test wants that.</summary>
    public void CheckWrite() => checkWrite();

    /// <summary>When the newest message or outcome was written.</summary>
    public long NewestMs => ByNumber.Values.SelectMany(d => d.Messages.Values.Select(m => m.EnqueuedAtMs))
        .Concat(AllOutcomes.Select(o => o.AtMs)).DefaultIfEmpty().Max();

    /// <summary>Puts a message into a mailbox, unless that is full.</summary>
    public EnqueueResult Insert(MemoryDevice device, EnqueueItem item, long nowMs)
    {
        if (CommandIds.Find(this, device, item, nowMs) is Sequence same)
            return new EnqueueResult(EnqueueStatus.Duplicate, same, device.Record.Number, device.Messages.Count);
        List<MemoryMessage> replaced =
            [.. device.Messages.Values.Where(m => m.Waits && item.ReplaceKey is not null && m.Item.ReplaceKey == item.ReplaceKey)];
        if (device.Messages.Count - replaced.Count >= Limits.MaxDepth)
            return new EnqueueResult(EnqueueStatus.MailboxFull, default, device.Record.Number, device.Messages.Count);
        if (device.Bytes - replaced.Sum(m => (long)m.Content.Length) + item.Content.Length > Limits.MaxBytes)
            return new EnqueueResult(EnqueueStatus.MailboxBytesFull, default, device.Record.Number, device.Messages.Count);
        Sequence sequence = NextSequence();
        List<EndedMessage> ended = [.. replaced.Select(m => End(device, m, Outcome.Cancelled, $"Replaced by message {sequence}.", nowMs))];
        var message = new MemoryMessage
        {
            Sequence = sequence,
            Item = item,
            Content = item.Content.ToArray(),
            EnqueuedAtMs = nowMs,
            IsTold = item.NotBeforeMs <= nowMs,
        };
        device.Messages.Add(sequence.Value, message);
        CommandIds.Add(device, message);
        return new EnqueueResult(
            EnqueueStatus.Enqueued, sequence, device.Record.Number, device.Messages.Count, ended.Count > 0 ? ended : null);
    }

    public Sequence NextSequence() => new(++_lastSequence);

    public SessionEpoch NextEpoch() => new(++_lastEpoch);

    public DeviceNumber NextDevice() => new(++_lastDevice);

    public long NextIssued() => ++_lastIssued;

    public InquiryNumber NextInquiry() => new(++_lastInquiry);

    public void ForgetSessions()
    {
        LastPublished = default;
        foreach (MemoryDevice device in ByNumber.Values)
        {
            device.Epoch = 0;
            device.Offered.Clear();
            foreach (MemoryMessage message in device.Messages.Values)
                (message.LeasedUntilMs, message.DelayedUntilMs, message.IsTold) = (null, null, message.Item.NotBeforeMs == 0);
        }

        CommandIds.Reload(this);

        foreach (MemoryInquiry inquiry in Inquiries.Values)
            inquiry.LeasedUntilMs = null;
    }

    /// <summary>Ends an inquiry; handlers are told unless one of them did it.</summary>
    public void EndInquiry(MemoryInquiry inquiry, InquiryOutcome outcome, string? reason, long nowMs)
    {
        inquiry.Record = inquiry.Record with { Outcome = outcome, Reason = reason, EndedAtMs = nowMs };
        (inquiry.IsKept, inquiry.LeasedUntilMs) = (false, null);
        if (outcome is not (InquiryOutcome.Answered or InquiryOutcome.Rejected))
        {
            string subject = inquiry.Record.Subject;
            inquiry.EndNumber = InquiryEnds[subject] = InquiryEnds.GetValueOrDefault(subject, ForgottenEnd) + 1;
        }
    }

    /// <summary>Ends the open inquiries of a device that is removed.</summary>
    public void EndInquiriesOf(long device, long nowMs)
    {
        foreach (MemoryInquiry inquiry in Inquiries.Values.Where(i => i.IsOpen && i.Device == device))
            EndInquiry(inquiry, InquiryOutcome.DeviceRemoved, "The device was removed.", nowMs);
    }

    /// <summary>Ends a message: it leaves the mailbox, its outcome is written, and it goes to the shelf if it belongs there.</summary>
    public EndedMessage End(MemoryDevice device, MemoryMessage message, Outcome outcome, string? reason, long nowMs)
    {
        if (message.IsOffered)
            return EndOffered(device, message, outcome, reason, nowMs);
        device.Messages.Remove(message.Sequence.Value);
        reason = reason is { Length: > 512 } ? reason[..512] : reason;
        KeepOutcome(device, message, outcome, reason, nowMs);
        bool shelves = outcome is Outcome.Rejected or Outcome.Undeliverable
            || (outcome == Outcome.Expired && message.Item.Flags.HasFlag(MessageFlags.ShelveExpired));
        if (shelves)
            device.Shelve(message, outcome, reason, nowMs, Limits.MaxShelved);
        return new EndedMessage(device.Record.Number, message.Sequence, message.Item.Kind, outcome, message.DeliveryCount);
    }

    /// <summary>Removes a notification that was withdrawn and is in nobody's hands.</summary>
    public bool RemoveIfWithdrawn(MemoryDevice device, MemoryMessage message)
    {
        if (!message.IsWithdrawn || !message.Waits)
            return false;
        KeepCount(device, message);
        return device.Offered.Remove(message.Sequence.Value);
    }

    private void KeepCount(MemoryDevice device, MemoryMessage message)
    {
        if (message.DeliveryCount > 0 && Notifications.TryGetValue(message.Sequence.Value, out MemoryNotification? notification)
            && !notification.Settled.ContainsKey(device.Record.Number.Value))
        {
            notification.Counts[device.Record.Number.Value] = message.DeliveryCount;
        }
    }

    private EndedMessage EndOffered(MemoryDevice device, MemoryMessage message, Outcome outcome, string? reason, long nowMs)
    {
        device.Offered.Remove(message.Sequence.Value);
        long number = device.Record.Number.Value;
        if (outcome != Outcome.Expired && Notifications.TryGetValue(message.Sequence.Value, out MemoryNotification? notification))
        {
            var settled = new NotificationDevice(device.Record.Id, device.Record.Number, outcome, reason, message.DeliveryCount, nowMs);
            notification.Settled.Add(number, settled);
            if (outcome is Outcome.Rejected or Outcome.Undeliverable)
                device.Shelve(message, outcome, reason, nowMs, Limits.MaxShelved);
            NotificationRecord record = notification.Record;
            notification.Record = record with
            {
                Accepted = record.Accepted + (outcome == Outcome.Accepted ? 1 : 0),
                Rejected = record.Rejected + (outcome == Outcome.Rejected ? 1 : 0),
                Undeliverable = record.Undeliverable + (outcome == Outcome.Undeliverable ? 1 : 0),
            };
        }

        return new EndedMessage(device.Record.Number, message.Sequence, MessageKind.Notification, outcome, message.DeliveryCount);
    }

    private void KeepOutcome(MemoryDevice device, MemoryMessage message, Outcome outcome, string? reason, long nowMs)
    {
        bool told = message.Item.Kind == MessageKind.Command && !message.Item.Flags.HasFlag(MessageFlags.OutcomeNotWanted);
        var record = new OutcomeRecord
        {
            Number = told ? ++_lastOutcome : 0,
            Sequence = message.Sequence,
            Device = device.Record.Id,
            DeviceNumber = device.Record.Number,
            Kind = message.Item.Kind,
            Flags = message.Item.Flags,
            ReportsUntilMs = message.Item.ReportsUntilMs,
            Origin = message.Item.Origin,
            Job = message.Item.Job,
            Outcome = outcome,
            Reason = reason,
            MessageId = message.Item.MessageId,
            Sender = message.Item.Sender,
            DeliveryCount = message.DeliveryCount,
            EnqueuedAtMs = message.EnqueuedAtMs,
            AtMs = nowMs,
        };
        if (told)
            Outcomes.Add(record.Number, record);
        else
            Untold.Add(record);
    }

    /// <summary>How a message that is not leased has to end now, if it may not be handed out again.</summary>
    public Outcome? DueEnd(MemoryMessage message, long nowMs) =>
        message.IsExpired(nowMs) ? Outcome.Expired
        : message.DeliveryCount >= Limits.MaxDeliveries ? Outcome.Undeliverable
        : null;

    /// <summary>
    /// Gives every leased message back as their session ends: only the first one counts as handed out, and nothing is held up any more.
    /// What may not be handed out again ends, unless the store refuses that now.
    /// </summary>
    public List<EndedMessage> GiveAllBack(MemoryDevice device, long nowMs)
    {
        var ended = new List<EndedMessage>();
        bool isFirst = true;
        foreach (MemoryMessage message in device.Mail)
            message.DelayedUntilMs = null;
        foreach (MemoryMessage message in device.Mail.Where(m => !m.Waits).ToList())
        {
            message.DeliveryCount -= isFirst ? 0 : 1;
            isFirst = false;
            message.LeasedUntilMs = null;
            if (DueEnd(message, nowMs) is Outcome outcome)
                TryEnd(device, message, outcome, nowMs, ended);
        }

        foreach (MemoryMessage message in device.Offered.Values)
            KeepCount(device, message);
        device.Offered.Clear();
        return ended;
    }

    /// <summary>Ends a message unless the store refuses that now.</summary>
    public void TryEnd(MemoryDevice device, MemoryMessage message, Outcome outcome, long nowMs, List<EndedMessage> ended)
    {
        try
        {
            CheckWrite();
        }
        catch (StoreUnavailableException)
        {
            return;
        }

        ended.Add(End(device, message, outcome, null, nowMs));
    }

    public ValueTask<T> Run<T>(Func<T> verb)
    {
        lock (Gate)
        {
            try
            {
                return ValueTask.FromResult(verb());
            }
            catch (Exception failure) when (failure is StoreUnavailableException or ArgumentException)
            {
                return ValueTask.FromException<T>(failure);
            }
        }
    }

    public async ValueTask Run(Action verb) => await Run(() =>
    {
        verb();
        return true;
    });
}
