using Restante.Core.Devices;
using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>
/// The questions of devices. Those of a subject wait first in, first out for its handlers, each handed to one handler at a time under a
/// lease; one that is given back keeps its place. An inquiry that its handler accepts, or answers, is kept by that handler until it ends or
/// is given back. An instant is reached when the time equals it: from its deadline on an inquiry is neither handed out nor answered,
/// whether or not a sweep has ended it. Leases do not outlive the process of an embedded store; what handlers keep, and who was handed
/// what, does. Everything is durable on return.
/// </summary>
public interface IInquiryStore
{
    /// <summary>
    /// Takes a question. Looked at in this order: whether the id is there already, the device, how many it has open, how many wait.
    /// </summary>
    ValueTask<AskResult> AskAsync(NewInquiry inquiry, InquiryRules rules, long nowMs);

    /// <summary>
    /// Takes a question that is answered already: the inquiry ends as <c>answered</c>, its only answer is in the mailbox, and the
    /// certificate that it holds is recorded, all or nothing. Looked at in this order: whether the id is there already, the device, how
    /// many of its certificates are valid, room in the mailbox.
    /// </summary>
    ValueTask<AskResult> AnswerAtOnceAsync(AnsweredInquiry answered, InquiryRules rules, long nowMs);

    /// <summary>Hands out the next waiting inquiries of a subject, in the order in which they were asked.</summary>
    ValueTask<IReadOnlyList<TakenInquiry>> TakeAsync(InquiryRequest request);

    /// <summary>
    /// Settles or renews a lease, or one that is kept. Accept keeps the inquiry. Release gives it to the next handler, or ends it as
    /// <c>undeliverable</c> once it was handed out as often as allowed. Reject ends it. Of the last two the device is told by a final
    /// answer with the property <c>error</c>; a rejection needs room for that, the other end comes without it.
    /// </summary>
    ValueTask<InquirySettleResult> SettleAsync(InquirySettle settle, InquiryRules rules, long nowMs);

    /// <summary>
    /// Puts an answer into the mailbox of the device, as a message of the kind <c>answer</c> (see <see cref="AnswerContent"/>), and keeps
    /// the inquiry for the handler; a final answer ends it. Looked at in this order: whether the inquiry is there, was handed to the
    /// policy, the number is there already, it has ended, is kept by another, how many answers there are, whether the ones before it are
    /// there, room in the mailbox.
    /// </summary>
    ValueTask<AnswerResult> AnswerAsync(NewAnswer answer, InquiryRules rules, long nowMs);

    /// <summary>Ends an inquiry as <c>cancelled</c> for its device. Answers that are in the mailbox stay there.</summary>
    ValueTask<CancelInquiryResult> CancelAsync(DeviceNumber device, string id, long nowMs);

    /// <summary>Finds an inquiry; null when there is none, or it is kept no more.</summary>
    ValueTask<InquiryRecord?> FindAsync(InquiryNumber number);

    /// <summary>Finds an inquiry by its device's own id; null when there is none, or it is kept no more.</summary>
    ValueTask<InquiryRecord?> FindAsync(DeviceNumber device, string id);

    /// <summary>
    /// Reads what ended of a subject after a number, other than by an answer or a rejection. What is dropped with its inquiry is counted as
    /// skipped.
    /// </summary>
    ValueTask<EndedInquiryBatch> ReadEndedAsync(string subject, long after, int max);

    /// <summary>
    /// Ends inquiries at their deadline, gives lapsed leases back, and drops what is past its retention: inquiries; cursors of readers of
    /// ended inquiries (<see cref="InquiryNames.EndedReaders"/>) that have not moved for so long, as nothing is kept of what they have
    /// passed; and beyond the limits those moved least recently, and the numbers of subjects of which nothing is kept.
    /// </summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="maxItems">How much to do in one call, so that other work gets its turn.</param>
    /// <param name="rules">What is allowed.</param>
    ValueTask<InquirySweep> SweepAsync(long nowMs, int maxItems, InquiryRules rules);
}
