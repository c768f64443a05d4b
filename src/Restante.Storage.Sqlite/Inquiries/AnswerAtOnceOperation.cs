using Restante.Core.Inquiries;
using Restante.Core.Messages;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Issuing;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>Takes a question with its only answer, and the record of the certificate in it.</summary>
internal sealed class AnswerAtOnceOperation(Insertions mailboxes, AnsweredInquiry answered, InquiryRules rules, long nowMs)
    : AwaitedOperation<AskResult>
{
    private const int Overhead = 1024;

    private readonly byte[] _content = AnswerContent.Write(answered.Answer.Span, answered.Inquiry.Id, 1, isFinal: true);
    private AskResult _result;

    public override long Bytes => _content.Length + Overhead;

    public override void Execute(WriteSession session)
    {
        mailboxes.Begin();
        _result = Answer(session);
    }

    public override void Apply() => mailboxes.Apply();

    public override void Undo() => mailboxes.Undo();

    protected override AskResult TakeResult() => _result;

    private AskResult Answer(WriteSession session)
    {
        NewInquiry inquiry = answered.Inquiry;
        long number = inquiry.Device.Value;
        if (InquiryRows.Find(session.Connection, number, inquiry.Id) is InquiryRow asked)
            return new AskResult(AskStatus.Duplicate, asked.ToRecord());
        if (InquiryRows.DeviceOf(session.Connection, number) is not string device)
            return new AskResult(AskStatus.DeviceNotFound, null);
        if (answered.Issued is not null && IssuedRows.Live(session.Connection, number, nowMs) is var live && live.Count >= answered.MaxLive)
            return new AskResult(AskStatus.TooManyLive, null, live.FirstEndsAtMs);
        var item = new EnqueueItem
        {
            Device = DeviceId.Parse(device),
            Kind = MessageKind.Answer,
            Content = _content,
            ExpiresAtMs = answered.AnswerExpiresAtMs,
            Sender = answered.Handler,
        };
        EnqueueStatus posted = mailboxes.Insert(session, number, item, _content, nowMs).Status;
        if (posted != EnqueueStatus.Enqueued)
            return new AskResult(posted == EnqueueStatus.MailboxBytesFull ? AskStatus.MailboxBytesFull : AskStatus.MailboxFull, null);
        if (answered.Issued is not null)
            IssuedRows.Insert(session.Connection, answered.Issued);
        InquiryRows.MakeRoom(session.Connection, number, rules.MaxEndedPerDevice);
        InquiryRow row = InquiryRows.Find(session.Connection, InquiryRows.Insert(session.Connection, inquiry, device, [], nowMs))!;
        InquiryRow after = row with { Handler = answered.Handler, Answers = 1 };
        return new AskResult(
            AskStatus.Asked, InquiryRows.Change(session.Connection, row, after.Ended(InquiryOutcome.Answered, null, nowMs)).ToRecord());
    }
}
