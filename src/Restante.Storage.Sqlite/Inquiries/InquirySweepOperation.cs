using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>Ends inquiries at their deadline, gives lapsed leases back, and drops what is past its retention.</summary>
internal sealed class InquirySweepOperation(Insertions mailboxes, InquiryRules rules, long nowMs, int maxItems)
    : AwaitedOperation<InquirySweep>
{
    private readonly PostedAnswers _posted = new(mailboxes, rules, nowMs);
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly HashSet<DeviceNumber> _told = [];
    private int _expired;
    private int _undeliverable;
    private int _untold;
    private int _lapsed;
    private int _dropped;

    private long RetainedFromMs => nowMs - rules.RetentionMs;

    /// <summary>True when there is something to do that must be durable.</summary>
    public bool HasWork(Connection connection) =>
        InquiryRows.ReadDue(connection, nowMs, 1).Count > 0
        || InquiryRows.ReadPastRetention(connection, RetainedFromMs, 1).Count > 0
        || EndedRows.NeedsTrim(connection, rules, nowMs);

    public override void Execute(WriteSession session)
    {
        Reset();
        List<InquiryRow> due = InquiryRows.ReadDue(session.Connection, nowMs, maxItems);
        foreach (InquiryRow row in due)
            End(session, row);
        if (due.Count == maxItems)
            return;
        List<long> old = InquiryRows.ReadPastRetention(session.Connection, RetainedFromMs, maxItems - due.Count);
        foreach (long number in old)
            InquiryRows.Drop(session.Connection, number);
        _dropped = old.Count;
        EndedRows.Trim(session.Connection, rules, nowMs, maxItems);
    }

    public override void Apply() => _posted.Apply();

    public override void Undo() => _posted.Undo();

    /// <summary>The result of a sweep that has nothing to do.</summary>
    public InquirySweep FinishAtOnce() => TakeResult();

    protected override InquirySweep TakeResult() => new()
    {
        Expired = _expired,
        Undeliverable = _undeliverable,
        Untold = _untold,
        Lapsed = _lapsed,
        Dropped = _dropped,
        WaitingAgain = _waiting,
        Ended = _ended,
        DevicesWithMail = _told,
        More = _expired + _lapsed + _dropped >= maxItems,
    };

    private void Reset()
    {
        _posted.Begin();
        _waiting.Clear();
        _ended.Clear();
        _told.Clear();
        (_expired, _undeliverable, _untold, _lapsed, _dropped) = (0, 0, 0, 0, 0);
    }

    private void End(WriteSession session, InquiryRow row)
    {
        if (nowMs >= row.DeadlineMs)
        {
            InquiryRows.Change(session.Connection, row, row.Ended(InquiryOutcome.Expired, null, nowMs));
            _ended.Add(row.Subject);
            _expired++;
            return;
        }

        _lapsed++;
        (InquiryOutcome? outcome, bool told) = _posted.GiveBack(session, row);
        if (outcome is null)
        {
            _waiting.Add(row.Subject);
            return;
        }

        _ended.Add(row.Subject);
        _undeliverable++;
        if (told)
            _told.Add(new DeviceNumber(row.Device));
        else
            _untold++;
    }
}
