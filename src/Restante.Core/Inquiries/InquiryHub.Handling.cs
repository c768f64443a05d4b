using System.Diagnostics;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Feeds;
using Restante.Core.Mailboxes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Core.Tracing;

namespace Restante.Core.Inquiries;

/// <content>The side of the handlers.</content>
public sealed partial class InquiryHub
{
    /// <summary>
    /// A service begins to handle a subject, in competition with others; dispose what is returned at the end. It is handed the inquiries of
    /// the devices that it reaches. Refusals: malformed, forbidden (the subject is outside its scope), throttled (more subjects than
    /// <see cref="Limits.GatewayLimits.MaxHandledSubjects"/>, or than the share of the policy).
    /// </summary>
    public Result<InquiryHandler> Attach(ServicePrincipal handler, string subject)
    {
        if (!InquiryNames.IsSubject(subject))
            return new Refusal(RefusalKind.Malformed, $"The subject is not allowed: {InquiryNames.SubjectRule}.");
        if (!handler.HandlesSubject(subject))
            return ForeignSubject(handler, subject);
        if (_handlers.TryAttach(subject, handler, out Signal added, out bool isShareTaken))
            return new InquiryHandler(this, handler, subject, added);
        return new Refusal(RefusalKind.Throttled, isShareTaken
            ? $"The policy '{handler.Name}' handles {_shares.Max} subjects, which is its share."
            : $"{_limits.MaxHandledSubjects} subjects are handled, which is the limit.");
    }

    /// <summary>True when a handler of the subject is attached in this process, or has polled within the time of a lease.</summary>
    public bool IsHandled(string subject) => _handlers.IsHandled(subject);

    /// <summary>
    /// Settles or renews what a handler was handed. Accept: the handler keeps it and answers until the deadline; no other gets it. Release:
    /// the next handler gets it, or it ends as <c>undeliverable</c> once it was handed out often enough. Reject: it ends, and the device is
    /// told by a final answer with the property <c>error</c>. Refusals: expired (the lease is not valid any more, nothing changed),
    /// mailbox-full (a rejection has no room; nothing changed), unavailable.
    /// </summary>
    /// <returns>How the inquiry ended because of it; null when it has not.</returns>
    public async ValueTask<Result<InquiryOutcome?>> SettleAsync(
        ServicePrincipal handler, InquiryLease lease, SettleVerb verb, string? reason = null)
    {
        try
        {
            // What is given back goes to others, whatever has become of the device.
            if (verb != SettleVerb.Release && await IsOutsideAsync(handler, lease.Number))
                return NotValid(lease);
            var settle = new InquirySettle(lease, handler.Name, verb, reason, _limits.LeaseDurationMs);
            InquirySettleResult result = await _store.SettleAsync(settle, _rules, NowMs);
            if (result.Status == InquirySettleStatus.LeaseLapsed)
                return NotValid(lease);
            if (result.Status == InquirySettleStatus.MailboxFull)
                return new Refusal(RefusalKind.MailboxFull, "The mailbox of the device that asked is full; nothing was changed.");
            if (verb == SettleVerb.Release)
                _metrics.Released();
            if (result.Told is DeviceNumber told)
                Posted(told);
            if (result.Outcome is InquiryOutcome outcome)
            {
                Ended(result.Subject!, outcome);
                _metrics.InquiriesUntold(result.Told is null ? 1 : 0);
            }
            else if (verb == SettleVerb.Release)
            {
                _handlers.Pulse(result.Subject!);
            }

            return result.Outcome;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Answers; the answer is durably in the device's mailbox on return. The handler keeps the inquiry from its first answer on. Refusals:
    /// not-found (no such inquiry, or it is kept no more, or its device is outside the scope of the handler), forbidden (the policy was
    /// never handed it), expired or conflict (it has ended,
    /// with the reason; another handler keeps it; the answers before this number are missing), limit-reached (as many answers as are
    /// allowed), mailbox-full (the inquiry stays open), too-large, malformed, throttled (beyond the quota), unavailable.
    /// </summary>
    /// <param name="handler">Who answers.</param>
    /// <param name="inquiry">To what.</param>
    /// <param name="content">The answer, see <see cref="AnswerContent"/>; copied before the call returns.</param>
    /// <param name="isFinal">True when no other follows.</param>
    /// <param name="number">
    /// Its place among the answers, from 1; 0 for the next one. With a number the call can be repeated: what is there already is not sent
    /// again.
    /// </param>
    public async ValueTask<Result<StoredAnswer>> AnswerAsync(
        ServicePrincipal handler, InquiryNumber inquiry, ReadOnlyMemory<byte> content, bool isFinal, int number = 0)
    {
        if (content.Length > _limits.MaxMessageBytes)
            return new Refusal(RefusalKind.TooLarge, $"The answer has {content.Length} bytes; the limit is {_limits.MaxMessageBytes}.");
        if (number < 0)
            return new Refusal(RefusalKind.Malformed, "Answers are numbered from 1.");
        if (AnswerContent.HasError(content.Span))
        {
            return new Refusal(
                RefusalKind.Malformed,
                "An answer has no property 'error': by that a device is told that there will be no answer. Reject the inquiry for that.");
        }

        if (_quotas.Take(handler) is Refusal refusal)
            return refusal;
        if (!handler.ReachesAll)
            content = content.ToArray(); // It is the caller's until the call returns, and this one looks elsewhere first.
        var answer = new NewAnswer { Inquiry = inquiry, Handler = handler.Name, Number = number, IsFinal = isFinal, Content = content };
        try
        {
            if (await IsOutsideAsync(handler, inquiry))
                return NoInquiry(inquiry);
            TraceMark mark = MessageTrace.Begin(content.Span, _time.GetUtcNow());
            AnswerResult result = await _store.AnswerAsync(answer, _rules, NowMs);
            bool isIn = result.Status is AnswerStatus.Stored or AnswerStatus.Duplicate;
            MessageTrace.End(
                mark, "send answer", ActivityKind.Server, _time.GetUtcNow(), result.Inquiry?.Device ?? default, 0, result.Status.ToString(),
                !isIn);
            if (result.Status == AnswerStatus.Duplicate)
                return new StoredAnswer(result.Number, true);
            if (result.Status != AnswerStatus.Stored)
                return Refuse(answer, result);
            Posted(result.Device);
            if (isFinal)
                Ended(result.Inquiry!.Subject, InquiryOutcome.Answered);
            return new StoredAnswer(result.Number, false);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Reads what ended of a subject without a handler's doing, after a number. Refusals: malformed, unavailable.</summary>
    public async ValueTask<Result<EndedInquiryBatch>> ReadEndedAsync(string subject, long after, int max)
    {
        if (after < 0 || max is < 1 or > 1_000 || !InquiryNames.IsSubject(subject))
        {
            return new Refusal(
                RefusalKind.Malformed, "Ends are read of a subject, after a number that is not negative, 1 to 1000 at once.");
        }

        try
        {
            return await _store.ReadEndedAsync(subject, after, max);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Reads what ended of a subject without a handler's doing, for a service: what it sees. Refusals: malformed, forbidden (the subject is
    /// outside its scope), unavailable.
    /// </summary>
    public async ValueTask<Result<EndedInquiryBatch>> ReadEndedAsync(ServicePrincipal by, string subject, long after, int max)
    {
        bool isMalformed = after < 0 || max is < 1 or > 1_000 || !InquiryNames.IsSubject(subject);
        if (!isMalformed && !by.HandlesSubject(subject))
            return ForeignSubject(by, subject);
        if (isMalformed || by.ReachesAll)
            return await ReadEndedAsync(subject, after, max);
        try
        {
            long last = 0;
            ScopedPage<EndedInquiry> page = await ScopedPage<EndedInquiry>.ReadAsync(
                after, max, PageBounds.UsualStep, static e => e.Number, ReadOnAsync, _scopes.Reading(by).SeesAsync);
            return new EndedInquiryBatch(page.Items, page.Skipped, last) { Next = page.Next, IsUnfinished = page.IsUnfinished };

            async ValueTask<FeedBatch<EndedInquiry>> ReadOnAsync(long from, int count)
            {
                EndedInquiryBatch batch = await _store.ReadEndedAsync(subject, from, count);
                last = batch.LastNumber;
                return new FeedBatch<EndedInquiry>(batch.Ended, batch.SkippedByRetention);
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>A signal that pulses when something ended of this subject. Hold it, then read, then wait.</summary>
    public SignalHold FollowEnded(string subject) => _ended.Follow(subject);

    /// <summary>
    /// A policy's own durable reader of what ended of a subject; its receivers compete. Refusals: malformed, forbidden (the subject is
    /// outside its scope), throttled (more readers than <see cref="Limits.GatewayLimits.MaxEndedReaders"/>, or than the share of the
    /// policy).
    /// </summary>
    public Result<EndedFeed> OpenEnded(ServicePrincipal handler, string subject)
    {
        if (!InquiryNames.IsSubject(subject))
            return new Refusal(RefusalKind.Malformed, $"The subject is not allowed: {InquiryNames.SubjectRule}.");
        if (!handler.HandlesSubject(subject))
            return ForeignSubject(handler, subject);
        if (_ended.TryOpen(handler.Name, subject, out bool isShareTaken) is EndedFeed feed)
            return feed;
        return new Refusal(RefusalKind.Throttled, isShareTaken
            ? $"The policy '{handler.Name}' has {_ended.Share} readers of ended inquiries, which is its share."
            : $"There are {_limits.MaxEndedReaders} readers of ended inquiries, which is the limit.");
    }

    internal async ValueTask<Result<IReadOnlyList<TakenInquiry>>> TakeAsync(InquiryHandler handler, int maxInquiries, int maxBytes)
    {
        try
        {
            var request = new InquiryRequest(
                handler.Subject, handler.Handler.Name, maxInquiries, maxBytes, NowMs, _limits.LeaseDurationMs)
            {
                Audience = handler.Handler.Scope?.Audience,
            };
            IReadOnlyList<TakenInquiry> taken = await _store.TakeAsync(request);
            foreach (TakenInquiry inquiry in taken)
            {
                TraceMark mark = MessageTrace.Begin(inquiry.Content.Span, DateTimeOffset.FromUnixTimeMilliseconds(inquiry.AskedAtMs));
                MessageTrace.End(mark, "wait inquiry", ActivityKind.Internal, _time.GetUtcNow(), inquiry.Device, 0, "handed-out");
            }

            return Result.Success(taken);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    internal void Detach(string subject, string policy, bool comesAgain) => _handlers.Detach(subject, policy, comesAgain);

    private static Refusal NotValid(InquiryLease lease) =>
        new(RefusalKind.Expired, $"The lease {lease} is not valid any more; nothing was changed.");

    private static Refusal NoInquiry(InquiryNumber inquiry) =>
        new(RefusalKind.NotFound, $"There is no inquiry {inquiry}, or it is kept no more.");

    private static Refusal ForeignSubject(ServicePrincipal handler, string subject) =>
        new(RefusalKind.Forbidden, $"The subject '{subject}' is outside the scope of the policy '{handler.Name}'.");

    private static Refusal Refuse(NewAnswer answer, AnswerResult result) => result.Status switch
    {
        AnswerStatus.NotFound => NoInquiry(answer.Inquiry),
        AnswerStatus.NotHanded => new(RefusalKind.Forbidden, $"Inquiry {answer.Inquiry} was not handed to this policy."),
        AnswerStatus.Ended => HasEnded(result.Inquiry!),
        AnswerStatus.KeptByOther => new(RefusalKind.Conflict, $"Another handler keeps inquiry {answer.Inquiry}."),
        AnswerStatus.TooMany => new(
            RefusalKind.LimitReached, $"There are {result.Inquiry!.Answers} answers to inquiry {answer.Inquiry}, which is the limit."),
        AnswerStatus.Gap => new(
            RefusalKind.Conflict,
            $"Answer {answer.Number} to inquiry {answer.Inquiry} cannot be taken: the next one is {result.Inquiry!.Answers + 1}."),
        _ => MailboxFull(result),
    };

    private static Refusal MailboxFull(AnswerResult result)
    {
        string what = result.Status == AnswerStatus.MailboxFull ? "messages" : "bytes";
        return new Refusal(RefusalKind.MailboxFull, $"The mailbox of '{result.Inquiry!.Device}' holds as many {what} as it may.");
    }

    // True for an inquiry of a device that the handler does not reach; one that is not there is the store's to refuse.
    private async ValueTask<bool> IsOutsideAsync(ServicePrincipal handler, InquiryNumber inquiry) =>
        !handler.ReachesAll && await _store.FindAsync(inquiry) is InquiryRecord found
        && !(handler.HandlesSubject(found.Subject) && await _scopes.FindAsync(handler, found.Device) is not null);

    private void Posted(DeviceNumber device)
    {
        _metrics.Enqueued();
        _mailboxes.WakeHolders([device]);
    }
}
