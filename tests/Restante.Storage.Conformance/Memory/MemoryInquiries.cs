using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>The rules of inquiries in their shortest form.</summary>
internal sealed class MemoryInquiries(MemoryState state) : IInquiryStore
{
    private SortedDictionary<long, MemoryInquiry> All => state.Inquiries;

    public ValueTask<AskResult> AskAsync(NewInquiry inquiry, InquiryRules rules, long nowMs)
    {
        byte[] copy = inquiry.Content.ToArray();
        return state.Run(() =>
        {
            state.CheckWrite();
            return Ask(inquiry, copy, rules, nowMs);
        });
    }

    public ValueTask<AskResult> AnswerAtOnceAsync(AnsweredInquiry answered, InquiryRules rules, long nowMs)
    {
        byte[] copy = answered.Answer.ToArray();
        return state.Run(() =>
        {
            state.CheckWrite();
            return AnswerAtOnce(answered, copy, rules, nowMs);
        });
    }

    public ValueTask<IReadOnlyList<TakenInquiry>> TakeAsync(InquiryRequest request) => state.Run<IReadOnlyList<TakenInquiry>>(() =>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MaxInquiries, 1);
        List<MemoryInquiry> waiting =
        [
            .. All.Values.Where(i => i.IsWaiting && i.Record.Subject == request.Subject && request.NowMs < i.Record.DeadlineMs
                && request.Audience?.Matches(state.ByNumber[i.Device].Record) != false),
        ];
        if (waiting.Count == 0)
            return [];
        state.CheckWrite();
        var taken = new List<TakenInquiry>();
        long bytes = 0;
        foreach (MemoryInquiry inquiry in waiting.Take(request.MaxInquiries))
        {
            bytes += inquiry.Content.Length;
            if (taken.Count > 0 && bytes > request.MaxBytes)
                break;
            taken.Add(Hand(inquiry, request));
        }

        return taken;
    });

    public ValueTask<InquirySettleResult> SettleAsync(InquirySettle settle, InquiryRules rules, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        return Settle(settle, rules, nowMs);
    });

    public ValueTask<AnswerResult> AnswerAsync(NewAnswer answer, InquiryRules rules, long nowMs)
    {
        byte[] copy = answer.Content.ToArray();
        return state.Run(() =>
        {
            state.CheckWrite();
            if (!All.TryGetValue(answer.Inquiry.Value, out MemoryInquiry? inquiry))
                return new AnswerResult(AnswerStatus.NotFound, 0, null, default);
            (AnswerStatus status, int number) = Answer(inquiry, answer, copy, rules, nowMs);
            return new AnswerResult(status, number, inquiry.Record, new DeviceNumber(inquiry.Device));
        });
    }

    public ValueTask<CancelInquiryResult> CancelAsync(DeviceNumber device, string id, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        if (Find(device, id) is not MemoryInquiry inquiry)
            return new CancelInquiryResult(false, null);
        bool open = inquiry.IsOpen;
        if (open && nowMs >= inquiry.Record.DeadlineMs)
            state.EndInquiry(inquiry, InquiryOutcome.Expired, null, nowMs);
        else if (open)
            state.EndInquiry(inquiry, InquiryOutcome.Cancelled, "The device took it back.", nowMs);
        return new CancelInquiryResult(open, inquiry.Record);
    });

    public ValueTask<InquiryRecord?> FindAsync(InquiryNumber number) => state.Run(() => All.GetValueOrDefault(number.Value)?.Record);

    public ValueTask<InquiryRecord?> FindAsync(DeviceNumber device, string id) => state.Run(() => Find(device, id)?.Record);

    public ValueTask<EndedInquiryBatch> ReadEndedAsync(string subject, long after, int max) => state.Run(() =>
    {
        long place = Math.Max(after, 0);
        IEnumerable<MemoryInquiry> ended = All.Values.Where(i => i.Record.Subject == subject && i.EndNumber > place);
        List<EndedInquiry> read = [.. ended.OrderBy(i => i.EndNumber).Take(max).Select(Show)];
        long last = state.InquiryEnds.GetValueOrDefault(subject);
        return new EndedInquiryBatch(read, Math.Max(0, (read.Count > 0 ? read[^1].Number : last) - place - read.Count), last);
    });

    public ValueTask<InquirySweep> SweepAsync(long nowMs, int maxItems, InquiryRules rules) => state.Run(() =>
    {
        List<MemoryInquiry> due = [.. All.Values.Where(i => i.IsOpen && DueMs(i) <= nowMs).OrderBy(DueMs).Take(maxItems)];
        List<MemoryInquiry> old = [.. All.Values.Where(i => i.Record.EndedAtMs <= nowMs - rules.RetentionMs)
            .OrderBy(i => i.Record.EndedAtMs).Take(maxItems - due.Count)];
        if (due.Count + old.Count > 0)
            state.CheckWrite();
        foreach (MemoryInquiry inquiry in old)
            All.Remove(inquiry.Record.Number.Value);
        List<(MemoryInquiry Inquiry, bool Lapsed, bool Told)> done = [.. due.Select(i => EndDue(i, rules, nowMs))];
        if (due.Count < maxItems)
            Trim(rules, nowMs, maxItems);
        return new InquirySweep
        {
            Expired = done.Count(d => !d.Lapsed),
            Undeliverable = done.Count(d => d.Lapsed && !d.Inquiry.IsOpen),
            Untold = done.Count(d => d.Lapsed && !d.Inquiry.IsOpen && !d.Told),
            Lapsed = done.Count(d => d.Lapsed),
            Dropped = old.Count,
            WaitingAgain = done.Where(d => d.Inquiry.IsOpen).Select(d => d.Inquiry.Record.Subject).ToHashSet(),
            Ended = done.Where(d => !d.Inquiry.IsOpen).Select(d => d.Inquiry.Record.Subject).ToHashSet(),
            DevicesWithMail = done.Where(d => d.Told).Select(d => new DeviceNumber(d.Inquiry.Device)).ToHashSet(),
            More = due.Count + old.Count >= maxItems,
        };
    });

    private void Trim(InquiryRules rules, long nowMs, int maxItems)
    {
        List<KeyValuePair<string, (long Number, long AtMs)>> readers =
        [
            .. state.Cursors.Where(c => c.Key.StartsWith(InquiryNames.EndedReaders, StringComparison.Ordinal))
                .OrderByDescending(c => c.Value.AtMs).ThenBy(c => c.Key, StringComparer.Ordinal),
        ];
        foreach (string reader in readers.Where((c, i) => c.Value.AtMs <= nowMs - rules.RetentionMs || i >= rules.MaxEndedReaders)
            .Select(c => c.Key))
        {
            state.Cursors.Remove(reader);
        }

        int surplus = Math.Clamp(state.InquiryEnds.Count - rules.MaxEndedSubjects, 0, maxItems);
        foreach (string subject in state.InquiryEnds.Keys.Where(s => !All.Values.Any(i => i.Record.Subject == s && i.EndNumber > 0))
            .Take(surplus).ToList())
        {
            state.ForgottenEnd = Math.Max(state.ForgottenEnd, state.InquiryEnds[subject]);
            state.InquiryEnds.Remove(subject);
        }
    }

    private static long DueMs(MemoryInquiry inquiry) => Math.Min(inquiry.Record.DeadlineMs, inquiry.LeasedUntilMs ?? long.MaxValue);

    private static EndedInquiry Show(MemoryInquiry inquiry) => new()
    {
        Number = inquiry.EndNumber,
        Inquiry = inquiry.Record.Number,
        Device = inquiry.Record.Device,
        Id = inquiry.Record.Id,
        Subject = inquiry.Record.Subject,
        Outcome = inquiry.Record.Outcome!.Value,
        Handler = inquiry.Record.Handler,
        Answers = inquiry.Record.Answers,
        AtMs = inquiry.Record.EndedAtMs!.Value,
    };

    private static TakenInquiry Hand(MemoryInquiry inquiry, InquiryRequest request)
    {
        inquiry.Record = inquiry.Record with { DeliveryCount = inquiry.Record.DeliveryCount + 1, Handler = request.Handler };
        inquiry.Handlers.Add(request.Handler);
        inquiry.LeasedUntilMs = request.NowMs + request.LeaseDurationMs;
        return new TakenInquiry
        {
            Lease = new InquiryLease(inquiry.Record.Number, inquiry.Record.DeliveryCount),
            Device = inquiry.Record.Device,
            Id = inquiry.Record.Id,
            Subject = inquiry.Record.Subject,
            Content = inquiry.Content,
            AskedAtMs = inquiry.Record.AskedAtMs,
            DeadlineMs = inquiry.Record.DeadlineMs,
            LeasedUntilMs = inquiry.LeasedUntilMs.Value,
            Answers = inquiry.Record.Answers,
        };
    }

    private MemoryInquiry? Find(DeviceNumber device, string id) =>
        All.Values.SingleOrDefault(i => i.Device == device.Value && i.Record.Id == id);

    private AskResult Ask(NewInquiry inquiry, byte[] content, InquiryRules rules, long nowMs)
    {
        if (Find(inquiry.Device, inquiry.Id) is MemoryInquiry asked)
            return new AskResult(AskStatus.Duplicate, asked.Record);
        if (!state.ByNumber.TryGetValue(inquiry.Device.Value, out MemoryDevice? device))
            return new AskResult(AskStatus.DeviceNotFound, null);
        List<MemoryInquiry> own = [.. All.Values.Where(i => i.Device == inquiry.Device.Value)];
        if (own.Count(i => i.IsOpen) >= rules.MaxOpenPerDevice)
            return new AskResult(AskStatus.TooManyOpen, null);
        if (All.Values.Count(i => i.IsWaiting && i.Record.Subject == inquiry.Subject) >= rules.MaxWaitingPerSubject)
            return new AskResult(AskStatus.SubjectFull, null);
        foreach (MemoryInquiry old in own.Where(i => !i.IsOpen).SkipLast(rules.MaxEndedPerDevice))
            All.Remove(old.Record.Number.Value);
        return new AskResult(AskStatus.Asked, Add(inquiry, device, content, nowMs).Record);
    }

    private MemoryInquiry Add(NewInquiry inquiry, MemoryDevice device, byte[] content, long nowMs)
    {
        var record = new InquiryRecord
        {
            Number = state.NextInquiry(),
            Device = device.Record.Id,
            Id = inquiry.Id,
            Subject = inquiry.Subject,
            AskedAtMs = nowMs,
            DeadlineMs = inquiry.DeadlineMs,
            DeliveryCount = 0,
            Answers = 0,
        };
        var added = new MemoryInquiry { Record = record, Device = inquiry.Device.Value, Content = content };
        All.Add(record.Number.Value, added);
        return added;
    }

    private AskResult AnswerAtOnce(AnsweredInquiry answered, byte[] answer, InquiryRules rules, long nowMs)
    {
        NewInquiry inquiry = answered.Inquiry;
        if (Find(inquiry.Device, inquiry.Id) is MemoryInquiry asked)
            return new AskResult(AskStatus.Duplicate, asked.Record);
        if (!state.ByNumber.TryGetValue(inquiry.Device.Value, out MemoryDevice? device))
            return new AskResult(AskStatus.DeviceNotFound, null);
        if (answered.Issued is IssuedCertificate issued)
        {
            List<IssuedCertificate> live =
                [.. state.Issued.Where(i => i.Number == issued.Number && i.Cause == RevocationCause.None && i.UntilMs > nowMs)];
            if (live.Count >= answered.MaxLive)
                return new AskResult(AskStatus.TooManyLive, null, live.Min(i => i.UntilMs));
        }

        var item = new EnqueueItem
        {
            Device = device.Record.Id,
            Kind = MessageKind.Answer,
            Content = AnswerContent.Write(answer, inquiry.Id, 1, isFinal: true),
            ExpiresAtMs = answered.AnswerExpiresAtMs,
            Sender = answered.Handler,
        };
        EnqueueStatus posted = state.Insert(device, item, nowMs).Status;
        if (posted != EnqueueStatus.Enqueued)
            return new AskResult(posted == EnqueueStatus.MailboxBytesFull ? AskStatus.MailboxBytesFull : AskStatus.MailboxFull, null);
        if (answered.Issued is not null)
            state.Issued.Add(answered.Issued with { Place = state.NextIssued() });
        foreach (MemoryInquiry old in All.Values.Where(i => i.Device == inquiry.Device.Value && !i.IsOpen)
            .SkipLast(rules.MaxEndedPerDevice).ToList())
        {
            All.Remove(old.Record.Number.Value);
        }

        MemoryInquiry added = Add(inquiry, device, [], nowMs);
        added.Record = added.Record with { Answers = 1, Handler = answered.Handler };
        state.EndInquiry(added, InquiryOutcome.Answered, null, nowMs);
        return new AskResult(AskStatus.Asked, added.Record);
    }

    private InquirySettleResult Settle(InquirySettle settle, InquiryRules rules, long nowMs)
    {
        MemoryInquiry? inquiry = All.GetValueOrDefault(settle.Lease.Number.Value);
        if (inquiry is not { IsOpen: true, IsWaiting: false } || inquiry.Record.Handler != settle.Handler
            || inquiry.Record.DeliveryCount != settle.Lease.DeliveryCount || nowMs >= inquiry.Record.DeadlineMs)
        {
            return new InquirySettleResult(InquirySettleStatus.LeaseLapsed, null, null, null);
        }

        bool told = false;
        if (settle.Verb == SettleVerb.Accept)
        {
            (inquiry.IsKept, inquiry.LeasedUntilMs) = (true, null);
        }
        else if (settle.Verb == SettleVerb.Renew)
        {
            inquiry.LeasedUntilMs = inquiry.IsKept ? null : nowMs + settle.LeaseDurationMs;
        }
        else if (settle.Verb == SettleVerb.Release)
        {
            told = GiveBack(inquiry, rules, nowMs);
        }
        else
        {
            string reason = settle.Reason is null ? "The inquiry was rejected." : settle.Reason[..Math.Min(512, settle.Reason.Length)];
            told = EndWithError(inquiry, InquiryOutcome.Rejected, reason, rules, nowMs, atAnyRate: false);
            if (!told)
                return new InquirySettleResult(InquirySettleStatus.MailboxFull, null, null, null);
        }

        return new InquirySettleResult(
            InquirySettleStatus.Done, inquiry.Record.Outcome, inquiry.Record.Subject, told ? new DeviceNumber(inquiry.Device) : null);
    }

    private (AnswerStatus Status, int Number) Answer(
        MemoryInquiry inquiry, NewAnswer answer, byte[] content, InquiryRules rules, long nowMs)
    {
        InquiryRecord record = inquiry.Record;
        if (!inquiry.Handlers.Contains(answer.Handler))
            return (AnswerStatus.NotHanded, 0);
        if (answer.Number > 0 && answer.Number <= record.Answers)
            return (AnswerStatus.Duplicate, answer.Number);
        if (!inquiry.IsOpen || nowMs >= record.DeadlineMs)
            return (AnswerStatus.Ended, 0);
        if (inquiry.IsKept && record.Handler != answer.Handler)
            return (AnswerStatus.KeptByOther, 0);
        if (record.Answers >= rules.MaxAnswers)
            return (AnswerStatus.TooMany, 0);
        int number = record.Answers + 1;
        if (answer.Number > number)
            return (AnswerStatus.Gap, 0);
        EnqueueStatus posted = Post(inquiry, AnswerContent.Write(content, record.Id, number, answer.IsFinal), answer.Handler, rules, nowMs);
        if (posted != EnqueueStatus.Enqueued)
            return (posted == EnqueueStatus.MailboxBytesFull ? AnswerStatus.MailboxBytesFull : AnswerStatus.MailboxFull, 0);
        inquiry.Record = record with { Answers = number, Handler = answer.Handler };
        (inquiry.IsKept, inquiry.LeasedUntilMs) = (true, null);
        if (answer.IsFinal)
            state.EndInquiry(inquiry, InquiryOutcome.Answered, null, nowMs);
        return (AnswerStatus.Stored, number);
    }

    private (MemoryInquiry Inquiry, bool Lapsed, bool Told) EndDue(MemoryInquiry inquiry, InquiryRules rules, long nowMs)
    {
        if (nowMs < inquiry.Record.DeadlineMs)
            return (inquiry, true, GiveBack(inquiry, rules, nowMs));
        state.EndInquiry(inquiry, InquiryOutcome.Expired, null, nowMs);
        return (inquiry, false, false);
    }

    private bool GiveBack(MemoryInquiry inquiry, InquiryRules rules, long nowMs)
    {
        int count = inquiry.Record.DeliveryCount;
        if (count >= rules.MaxDeliveries)
        {
            string reason = $"It was handed out {count} times and nobody answered it.";
            return EndWithError(inquiry, InquiryOutcome.Undeliverable, reason, rules, nowMs, atAnyRate: true);
        }

        (inquiry.IsKept, inquiry.LeasedUntilMs) = (false, null);
        return false;
    }

    private bool EndWithError(MemoryInquiry inquiry, InquiryOutcome outcome, string reason, InquiryRules rules, long nowMs, bool atAnyRate)
    {
        int number = inquiry.Record.Answers + 1;
        byte[] content = AnswerContent.WriteError(inquiry.Record.Id, number, reason);
        bool told = Post(inquiry, content, inquiry.Record.Handler!, rules, nowMs) == EnqueueStatus.Enqueued;
        if (told)
            inquiry.Record = inquiry.Record with { Answers = number };
        if (told || atAnyRate)
            state.EndInquiry(inquiry, outcome, reason, nowMs);
        return told;
    }

    private EnqueueStatus Post(MemoryInquiry inquiry, byte[] content, string sender, InquiryRules rules, long nowMs) => state.Insert(
        state.ByNumber[inquiry.Device],
        new EnqueueItem
        {
            Device = inquiry.Record.Device,
            Kind = MessageKind.Answer,
            Content = content,
            ExpiresAtMs = nowMs + rules.AnswerLifeMs,
            Sender = sender,
        },
        nowMs).Status;
}
