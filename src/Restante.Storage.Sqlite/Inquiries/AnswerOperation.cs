using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>Puts an answer into the mailbox of who asked.</summary>
internal sealed class AnswerOperation(Insertions mailboxes, NewAnswer answer, InquiryRules rules, long nowMs)
    : AwaitedOperation<AnswerResult>
{
    private const int Overhead = 512;

    private readonly byte[] _content = answer.Content.ToArray();
    private readonly PostedAnswers _posted = new(mailboxes, rules, nowMs);
    private AnswerResult _result;

    public override long Bytes => (2 * _content.Length) + Overhead;

    public override void Execute(WriteSession session)
    {
        _posted.Begin();
        _result = Answer(session);
    }

    public override void Apply() => _posted.Apply();

    public override void Undo() => _posted.Undo();

    protected override AnswerResult TakeResult() => _result;

    private AnswerResult Answer(WriteSession session)
    {
        if (InquiryRows.Find(session.Connection, answer.Inquiry.Value) is not InquiryRow row)
            return new AnswerResult(AnswerStatus.NotFound, 0, null, default);
        AnswerResult Answered(AnswerStatus status, int number = 0) => new(status, number, row.ToRecord(), new DeviceNumber(row.Device));
        if (!row.WasHandedTo(answer.Handler))
            return Answered(AnswerStatus.NotHanded);
        if (answer.Number > 0 && answer.Number <= row.Answers)
            return Answered(AnswerStatus.Duplicate, answer.Number);
        if (row.HasEnded || nowMs >= row.DeadlineMs)
            return Answered(AnswerStatus.Ended);
        if (row.State == InquiryState.Kept && row.Handler != answer.Handler)
            return Answered(AnswerStatus.KeptByOther);
        if (row.Answers >= rules.MaxAnswers)
            return Answered(AnswerStatus.TooMany);
        if (answer.Number > row.Answers + 1)
            return Answered(AnswerStatus.Gap);
        int number = row.Answers + 1;
        EnqueueStatus posted = _posted.Post(session, row, AnswerContent.Write(_content, row.Id, number, answer.IsFinal), answer.Handler);
        if (posted != EnqueueStatus.Enqueued)
            return Answered(posted == EnqueueStatus.MailboxBytesFull ? AnswerStatus.MailboxBytesFull : AnswerStatus.MailboxFull);
        InquiryRow after = row with { State = InquiryState.Kept, Handler = answer.Handler, Answers = number };
        row = InquiryRows.Change(session.Connection, row, answer.IsFinal ? after.Ended(InquiryOutcome.Answered, null, nowMs) : after);
        return Answered(AnswerStatus.Stored, number);
    }
}
