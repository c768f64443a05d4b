using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>Settles what a handler was handed.</summary>
internal sealed class SettleInquiryOperation(Insertions mailboxes, InquirySettle settle, InquiryRules rules, long nowMs)
    : AwaitedOperation<InquirySettleResult>
{
    private const string NoReason = "The inquiry was rejected.";

    private readonly PostedAnswers _posted = new(mailboxes, rules, nowMs);
    private InquirySettleResult _result;

    public override void Execute(WriteSession session)
    {
        _posted.Begin();
        _result = Settle(session);
    }

    public override void Apply() => _posted.Apply();

    public override void Undo() => _posted.Undo();

    protected override InquirySettleResult TakeResult() => _result;

    private InquirySettleResult Settle(WriteSession session)
    {
        if (InquiryRows.Find(session.Connection, settle.Lease.Number.Value) is not InquiryRow row || !IsHeld(row))
            return new InquirySettleResult(InquirySettleStatus.LeaseLapsed, null, null, null);
        InquiryOutcome? outcome = null;
        bool told = false;
        switch (settle.Verb)
        {
            case SettleVerb.Accept:
                InquiryRows.Change(session.Connection, row, row with { State = InquiryState.Kept });
                break;
            case SettleVerb.Reject:
                told = _posted.EndWithError(session, row, InquiryOutcome.Rejected, settle.Reason ?? NoReason, atAnyRate: false);
                if (!told)
                    return new InquirySettleResult(InquirySettleStatus.MailboxFull, null, null, null);
                outcome = InquiryOutcome.Rejected;
                break;
            case SettleVerb.Release:
                (outcome, told) = _posted.GiveBack(session, row);
                break;
            default:
                if (row.State == InquiryState.Leased)
                    InquiryRows.Change(session.Connection, row, row with { LeasedUntilMs = nowMs + settle.LeaseDurationMs });
                break;
        }

        return new InquirySettleResult(InquirySettleStatus.Done, outcome, row.Subject, told ? new DeviceNumber(row.Device) : null);
    }

    private bool IsHeld(InquiryRow row) =>
        row.State is InquiryState.Leased or InquiryState.Kept && row.Handler == settle.Handler
        && row.DeliveryCount == settle.Lease.DeliveryCount && nowMs < row.DeadlineMs;
}
