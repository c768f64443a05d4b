using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>The answers that one call puts into mailboxes, within its transaction and, once that is durable, in memory.</summary>
internal sealed class PostedAnswers(Insertions mailboxes, InquiryRules rules, long nowMs)
{
    /// <summary>Forgets what an earlier try of the same transaction has posted.</summary>
    public void Begin() => mailboxes.Begin();

    /// <summary>Puts a message into the mailbox of who asked.</summary>
    public EnqueueStatus Post(WriteSession session, InquiryRow inquiry, byte[] content, string sender)
    {
        var item = new EnqueueItem
        {
            Device = DeviceId.Parse(inquiry.DeviceId),
            Kind = MessageKind.Answer,
            Content = content,
            ExpiresAtMs = nowMs + rules.AnswerLifeMs,
            Sender = sender,
        };
        return mailboxes.Insert(session, inquiry.Device, item, content, nowMs).Status;
    }

    /// <summary>
    /// Ends an inquiry and tells its device by a final answer with the property <c>error</c>. Without room in the mailbox it ends all the
    /// same, untold, if <paramref name="atAnyRate"/>; else it stays as it was.
    /// </summary>
    /// <returns>False when there was no room.</returns>
    public bool EndWithError(WriteSession session, InquiryRow inquiry, InquiryOutcome outcome, string reason, bool atAnyRate)
    {
        byte[] content = AnswerContent.WriteError(inquiry.Id, inquiry.Answers + 1, reason);
        bool told = Post(session, inquiry, content, inquiry.Handler!) == EnqueueStatus.Enqueued;
        if (told || atAnyRate)
        {
            InquiryRow after = inquiry.Ended(outcome, reason, nowMs) with { Answers = inquiry.Answers + (told ? 1 : 0) };
            InquiryRows.Change(session.Connection, inquiry, after);
        }

        return told;
    }

    /// <summary>
    /// Gives an inquiry back: it waits again in its place, or ends as undeliverable once it was handed out as often as allowed.
    /// </summary>
    /// <returns>How it ended, if it did, and whether its device was told.</returns>
    public (InquiryOutcome? Outcome, bool Told) GiveBack(WriteSession session, InquiryRow inquiry)
    {
        if (inquiry.DeliveryCount < rules.MaxDeliveries)
        {
            InquiryRows.Change(session.Connection, inquiry, inquiry with { State = InquiryState.Waiting });
            return (null, false);
        }

        string reason = $"It was handed out {inquiry.DeliveryCount} times and nobody answered it.";
        return (InquiryOutcome.Undeliverable, EndWithError(session, inquiry, InquiryOutcome.Undeliverable, reason, atAnyRate: true));
    }

    /// <summary>They are durable.</summary>
    public void Apply() => mailboxes.Apply();

    /// <summary>They are not.</summary>
    public void Undo() => mailboxes.Undo();
}
