using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>
/// The inquiries of the embedded store. They live in the database alone: every call reads what it decides on within its own transaction, so
/// that nothing in memory has to agree with it.
/// </summary>
internal sealed class SqliteInquiryStore(MailboxIndex index, MailboxLimits limits, ReaderPool readers, Writer writer) : IInquiryStore
{
    private const int Overhead = 512;

    public ValueTask<AskResult> AskAsync(NewInquiry inquiry, InquiryRules rules, long nowMs)
    {
        byte[] content = inquiry.Content.ToArray();
        return writer.Submit(new SimpleOperation<AskResult>(
            session => Ask(session.Connection, inquiry, content, rules, nowMs), bytes: content.Length + Overhead));
    }

    public ValueTask<AskResult> AnswerAtOnceAsync(AnsweredInquiry answered, InquiryRules rules, long nowMs) =>
        writer.Submit(new AnswerAtOnceOperation(new Insertions(index, limits), answered, rules, nowMs));

    public ValueTask<IReadOnlyList<TakenInquiry>> TakeAsync(InquiryRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MaxInquiries, 1);
        if (request.Audience is AudienceQuery audience)
            return TakeOfAsync(request, audience);
        try
        {
            if (!readers.Read(request, static (c, x) => InquiryRows.AnyWaiting(c, x.Subject, x.NowMs)))
                return ValueTask.FromResult<IReadOnlyList<TakenInquiry>>([]);
        }
        catch (StoreUnavailableException failure)
        {
            return ValueTask.FromException<IReadOnlyList<TakenInquiry>>(failure);
        }

        return writer.Submit(new SimpleOperation<IReadOnlyList<TakenInquiry>>(session => Take(
            session.Connection,
            InquiryRows.ReadWaiting(session.Connection, request.Subject, request.NowMs, request.MaxInquiries),
            request)));
    }

    public ValueTask<InquirySettleResult> SettleAsync(InquirySettle settle, InquiryRules rules, long nowMs) =>
        writer.Submit(new SettleInquiryOperation(
            new Insertions(index, limits), settle with { Reason = ReasonText.Cut(settle.Reason) }, rules, nowMs));

    public ValueTask<AnswerResult> AnswerAsync(NewAnswer answer, InquiryRules rules, long nowMs) =>
        writer.Submit(new AnswerOperation(new Insertions(index, limits), answer, rules, nowMs));

    public ValueTask<CancelInquiryResult> CancelAsync(DeviceNumber device, string id, long nowMs) =>
        writer.Submit(new SimpleOperation<CancelInquiryResult>(session => Cancel(session.Connection, device.Value, id, nowMs)));

    public ValueTask<InquiryRecord?> FindAsync(InquiryNumber number) =>
        StoreRead.Of(() => readers.Read(number.Value, static (c, x) => InquiryRows.Find(c, x))?.ToRecord());

    public ValueTask<InquiryRecord?> FindAsync(DeviceNumber device, string id) =>
        StoreRead.Of(() => readers.Read((device.Value, id), static (c, x) => InquiryRows.Find(c, x.Value, x.id))?.ToRecord());

    public ValueTask<EndedInquiryBatch> ReadEndedAsync(string subject, long after, int max) => StoreRead.Of(() =>
        readers.Read((subject, after: Math.Max(after, 0), max), static (c, x) => InquiryRows.ReadEnds(c, x.subject, x.after, x.max)));

    public async ValueTask<InquirySweep> SweepAsync(long nowMs, int maxItems, InquiryRules rules)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxItems, 1);
        var sweep = new InquirySweepOperation(new Insertions(index, limits), rules, nowMs, maxItems);
        return readers.Read(sweep, static (c, x) => x.HasWork(c)) ? await writer.Submit(sweep) : sweep.FinishAtOnce();
    }

    /// <summary>Ends all open inquiries of a device, within the transaction that removes it.</summary>
    public static void EndAll(Connection connection, long device, long nowMs)
    {
        foreach (InquiryRow row in InquiryRows.ReadOpen(connection, device))
            InquiryRows.Change(connection, row, row.Ended(InquiryOutcome.DeviceRemoved, "The device was removed.", nowMs));
    }

    private static AskResult Ask(Connection connection, NewInquiry inquiry, byte[] content, InquiryRules rules, long nowMs)
    {
        if (InquiryRows.Find(connection, inquiry.Device.Value, inquiry.Id) is InquiryRow asked)
            return new AskResult(AskStatus.Duplicate, asked.ToRecord());
        if (InquiryRows.DeviceOf(connection, inquiry.Device.Value) is not string device)
            return new AskResult(AskStatus.DeviceNotFound, null);
        if (InquiryRows.OpenOf(connection, inquiry.Device.Value) >= rules.MaxOpenPerDevice)
            return new AskResult(AskStatus.TooManyOpen, null);
        if (InquiryRows.WaitingFor(connection, inquiry.Subject) >= rules.MaxWaitingPerSubject)
            return new AskResult(AskStatus.SubjectFull, null);
        InquiryRows.MakeRoom(connection, inquiry.Device.Value, rules.MaxEndedPerDevice);
        long number = InquiryRows.Insert(connection, inquiry, device, content, nowMs);
        return new AskResult(AskStatus.Asked, InquiryRows.Find(connection, number)!.ToRecord());
    }

    // A reader looks at all of the subject. The writer, which everything waits for, looks only at what was found, and whether it still
    // waits; when nothing of that does, others have taken it, and the next look finds what they left.
    private async ValueTask<IReadOnlyList<TakenInquiry>> TakeOfAsync(InquiryRequest request, AudienceQuery audience)
    {
        while (true)
        {
            List<long> found = readers.Read(
                (request, audience),
                static (c, x) => InquiryRows.ReadWaitingOf(c, x.request.Subject, x.request.NowMs, x.audience, x.request.MaxInquiries));
            if (found.Count == 0)
                return [];
            IReadOnlyList<TakenInquiry> taken = await writer.Submit(new SimpleOperation<IReadOnlyList<TakenInquiry>>(session => Take(
                session.Connection, InquiryRows.ReadStillWaiting(session.Connection, found, request.NowMs, audience), request)));
            if (taken.Count > 0)
                return taken;
        }
    }

    private static List<TakenInquiry> Take(Connection connection, List<InquiryRow> rows, InquiryRequest request)
    {
        var taken = new List<TakenInquiry>();
        long bytes = 0;
        foreach (InquiryRow row in rows)
        {
            byte[] content = InquiryRows.ReadContent(connection, row.Number);
            bytes += content.Length;
            if (taken.Count > 0 && bytes > request.MaxBytes)
                break;
            InquiryRow handed = InquiryRows.Change(connection, row, row.HandedTo(request.Handler, request.NowMs + request.LeaseDurationMs));
            taken.Add(new TakenInquiry
            {
                Lease = new InquiryLease(new InquiryNumber(handed.Number), handed.DeliveryCount),
                Device = DeviceId.Parse(handed.DeviceId),
                Id = handed.Id,
                Subject = handed.Subject,
                Content = content,
                AskedAtMs = handed.AskedAtMs,
                DeadlineMs = handed.DeadlineMs,
                LeasedUntilMs = handed.LeasedUntilMs,
                Answers = handed.Answers,
            });
        }

        return taken;
    }

    private static CancelInquiryResult Cancel(Connection connection, long device, string id, long nowMs)
    {
        if (InquiryRows.Find(connection, device, id) is not InquiryRow row)
            return new CancelInquiryResult(false, null);
        if (row.HasEnded)
            return new CancelInquiryResult(false, row.ToRecord());
        InquiryOutcome outcome = nowMs >= row.DeadlineMs ? InquiryOutcome.Expired : InquiryOutcome.Cancelled;
        string? reason = outcome == InquiryOutcome.Cancelled ? "The device took it back." : null;
        return new CancelInquiryResult(true, InquiryRows.Change(connection, row, row.Ended(outcome, reason, nowMs)).ToRecord());
    }
}
