using System.Diagnostics;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Issuing;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Metrics;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tracing;

namespace Restante.Core.Inquiries;

/// <summary>
/// The questions of devices and their answers. A device asks (<see cref="AskAsync"/>) and may take it back (<see cref="CancelAsync"/>).
/// Services attach as handlers of a subject (<see cref="Attach"/>), take what waits, and answer (<see cref="AnswerAsync"/>) once or as a
/// numbered stream; the answers come to the device through its mailbox. What ended without a handler's doing is told by
/// <see cref="ReadEndedAsync(ServicePrincipal, string, long, int)"/> and <see cref="OpenEnded"/>. Callers have checked rights.
/// </summary>
public sealed partial class InquiryHub
{
    private readonly IInquiryStore _store;
    private readonly IMailboxStore _cursors;
    private readonly IRegistryStore _registry;
    private readonly MailboxHub _mailboxes;
    private readonly DeviceScopes _scopes;
    private readonly GatewayLimits _limits;
    private readonly InquiryRules _rules;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly SendingQuotas _quotas;
    private readonly PolicyShares _shares;
    private readonly HandlerTable _handlers;
    private readonly EndedReaders _ended;
    private IGatewayDesk? _desk;

    internal InquiryHub(
        IGatewayStore store,
        MailboxHub mailboxes,
        DeviceScopes scopes,
        GatewayLimits limits,
        TimeProvider time,
        CoreMetrics metrics,
        SendingQuotas quotas)
    {
        _store = store.Inquiries;
        _cursors = store.Mailboxes;
        _registry = store.Registry;
        _mailboxes = mailboxes;
        _scopes = scopes;
        _limits = limits;
        _time = time;
        _metrics = metrics;
        _quotas = quotas;
        _shares = new PolicyShares(PolicyShares.Of(limits.MaxHandledSubjects, limits.HandledSubjectSharePercent));
        _handlers = new HandlerTable(limits.MaxHandledSubjects, _shares, TimeSpan.FromMilliseconds(limits.LeaseDurationMs), time);
        _ended = new EndedReaders(_store, _cursors, scopes, limits, time);
        _rules = new InquiryRules
        {
            MaxOpenPerDevice = limits.MaxOpenInquiriesPerDevice,
            MaxWaitingPerSubject = limits.MaxWaitingPerSubject,
            MaxAnswers = limits.MaxAnswersPerInquiry,
            MaxDeliveries = limits.MaxInquiryDeliveries,
            RetentionMs = limits.InquiryRetentionMs,
            MaxEndedPerDevice = limits.MaxEndedInquiriesPerDevice,
            MaxEndedSubjects = limits.MaxEndedSubjects,
            MaxEndedReaders = limits.MaxEndedReaders,
            AnswerLifeMs = limits.DefaultTtlMs,
        };
    }

    // For tests of what is left behind.
    internal int HandledSubjects => _handlers.Count;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Asks; durable on return. The same id again, while the inquiry is kept, is the same inquiry and changes nothing, whatever else is
    /// given. Refusals: malformed, too-large, expired (a deadline that has passed), not-found (nobody handles the subject, if that was
    /// asked for), throttled (too many open inquiries of the device, too many that wait for a handler of the subject, or beyond the quota),
    /// unauthorized (the device is gone), unavailable.
    /// </summary>
    /// <param name="device">Who asks.</param>
    /// <param name="subject">
    /// About what, see <see cref="InquiryNames.SubjectRule"/>; or one of <see cref="GatewaySubjects"/>, which the gateway itself answers:
    /// durable on return is the answer then, and what it says is done. It may be refused as not-found, forbidden, conflict or mailbox-full
    /// too.
    /// </param>
    /// <param name="id">The device's own id of it, see <see cref="InquiryNames.IdRule"/>; null for one that the gateway makes.</param>
    /// <param name="content">The question; copied before the call returns.</param>
    /// <param name="deadlineMs">
    /// From when on no answer is taken; null for <see cref="GatewayLimits.DefaultInquiryMs"/> from now. At most
    /// <see cref="GatewayLimits.MaxInquiryMs"/> ahead.
    /// </param>
    /// <param name="onlyIfHandled">
    /// True to be refused at once when nobody in this process handles the subject and has the device in scope; else it waits for a handler.
    /// </param>
    public async ValueTask<Result<AskedInquiry>> AskAsync(
        DevicePrincipal device, string subject, string? id, ReadOnlyMemory<byte> content, long? deadlineMs, bool onlyIfHandled)
    {
        long now = NowMs;
        if ((Check(subject, id, content.Length, deadlineMs, now) ?? _quotas.Take(device, 1, content.Length)) is Refusal refusal)
            return refusal;
        if (GatewaySubjects.IsMeant(subject))
        {
            byte[] body = ContentReader.BodyOf(content.Span).ToArray();
            return await AskGatewayAsync(device, subject, id, body, deadlineMs ?? now + _limits.DefaultInquiryMs);
        }

        if (onlyIfHandled)
            content = content.ToArray(); // It is the caller's until the call returns, and this one looks elsewhere first.
        var inquiry = new NewInquiry
        {
            Device = device.Number,
            Id = id ?? Guid.CreateVersion7(_time.GetUtcNow()).ToString("N"),
            Subject = subject,
            Content = content,
            DeadlineMs = deadlineMs ?? now + _limits.DefaultInquiryMs,
        };
        try
        {
            if (onlyIfHandled && !await IsHandledAsync(subject, device))
            {
                return await _store.FindAsync(device.Number, inquiry.Id) is InquiryRecord asked
                    ? new AskedInquiry(asked, true)
                    : new Refusal(RefusalKind.NotFound, $"Nobody handles '{subject}' now.");
            }

            TraceMark mark = MessageTrace.Begin(content.Span, _time.GetUtcNow());
            AskResult result = await _store.AskAsync(inquiry, _rules, now);
            MessageTrace.End(
                mark, "send inquiry", ActivityKind.Server, _time.GetUtcNow(), device.Id, 0, result.Status.ToString(),
                result.Inquiry is null);
            if (result.Inquiry is null)
                return Refuse(result, subject);
            if (result.Status == AskStatus.Asked)
            {
                _metrics.Asked();
                _handlers.Pulse(subject);
            }

            return new AskedInquiry(result.Inquiry, result.Status == AskStatus.Duplicate);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Takes an inquiry back: it ends as <c>cancelled</c>, and its handlers can learn of it. Answers that are in the mailbox already stay
    /// there. Once more is no error. Refusals: not-found (the device has no such inquiry, or it is kept no more), expired (its deadline
    /// came first), conflict (it has ended otherwise), unavailable.
    /// </summary>
    public async ValueTask<Result<InquiryRecord>> CancelAsync(DevicePrincipal device, string id)
    {
        try
        {
            CancelInquiryResult result = await _store.CancelAsync(device.Number, id, NowMs);
            if (result.Inquiry is not InquiryRecord inquiry)
                return new Refusal(RefusalKind.NotFound, "The device has no inquiry of that id, or it is kept no more.");
            if (result.WasOpen)
                Ended(inquiry.Subject, inquiry.Outcome!.Value);
            return inquiry.Outcome == InquiryOutcome.Cancelled ? inquiry : HasEnded(inquiry);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Finds an inquiry of a device by its own id. Refusals: not-found, unavailable.</summary>
    public ValueTask<Result<InquiryRecord>> FindAsync(DevicePrincipal device, string id) => FindAsync(_store.FindAsync(device.Number, id));

    /// <summary>Finds an inquiry. Refusals: not-found, unavailable.</summary>
    public ValueTask<Result<InquiryRecord>> FindAsync(InquiryNumber number) => FindAsync(_store.FindAsync(number));

    /// <summary>The tags or groups of a device have changed: what it asked may be for other handlers now.</summary>
    internal void DeviceChanged() => _handlers.PulseScoped();

    /// <summary>The device has been removed, and its inquiries have ended with it.</summary>
    internal void DeviceRemoved() => _ended.Pulse();

    /// <summary>Forgets what the readers of a policy have come to. Fails as the store does.</summary>
    internal ValueTask RemoveReadersOfAsync(string policy) => _ended.RemoveOfAsync(policy);

    /// <summary>
    /// Ends what has reached its deadline, gives lapsed leases to other handlers, and forgets what is past its retention. Fails as the
    /// store does.
    /// </summary>
    internal async ValueTask SweepAsync(int maxItems)
    {
        _handlers.Forget();
        await _ended.ForgetIdleAsync();
        InquirySweep swept;
        do
        {
            swept = await _store.SweepAsync(NowMs, maxItems, _rules);
            _metrics.InquiriesEnded(InquiryOutcome.Expired, swept.Expired);
            _metrics.InquiriesEnded(InquiryOutcome.Undeliverable, swept.Undeliverable);
            _metrics.InquiriesUntold(swept.Untold);
            if (swept.Lapsed > 0)
                _metrics.Lapsed(swept.Lapsed);
            _mailboxes.WakeHolders([.. swept.DevicesWithMail]);
            foreach (string subject in swept.WaitingAgain)
                _handlers.Pulse(subject);
            foreach (string subject in swept.Ended)
                _ended.Pulse(subject);
        }
        while (swept.More);
    }

    /// <summary>Takes back what receivers have held for longer than their leases. Returns how many ends of inquiries.</summary>
    internal int TakeBackLapsed() => _ended.TakeBackLapsed();

    private static async ValueTask<Result<InquiryRecord>> FindAsync(ValueTask<InquiryRecord?> finding)
    {
        try
        {
            InquiryRecord? found = await finding;
            return found is null ? new Refusal(RefusalKind.NotFound, "There is no such inquiry, or it is kept no more.") : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask<bool> IsHandledAsync(string subject, DevicePrincipal device)
    {
        if (_handlers.IsHandled(subject, null))
            return true;
        return _handlers.IsHandled(subject) && await _registry.FindDeviceAsync(device.Id) is DeviceRecord record
            && _handlers.IsHandled(subject, record);
    }

    private static Refusal HasEnded(InquiryRecord inquiry)
    {
        if (inquiry.Outcome is null or InquiryOutcome.Expired)
            return new Refusal(RefusalKind.Expired, $"Inquiry {inquiry.Number} has expired.");
        string reason = inquiry.Reason is null ? string.Empty : $": {inquiry.Reason}";
        return new Refusal(RefusalKind.Conflict, $"Inquiry {inquiry.Number} has ended as {inquiry.Outcome.Value.Name()}{reason}");
    }

    private Refusal Refuse(in AskResult result, string subject) => result.Status switch
    {
        AskStatus.TooManyOpen => new(
            RefusalKind.Throttled, $"The device has {_limits.MaxOpenInquiriesPerDevice} open inquiries, which is the limit."),
        AskStatus.SubjectFull => new(
            RefusalKind.Throttled, $"{_limits.MaxWaitingPerSubject} inquiries wait for a handler of '{subject}', which is the limit."),
        AskStatus.TooManyLive => CertificateIssuers.TooManyLive(_desk!.MaxLive, result.FirstEndsAtMs - NowMs),
        AskStatus.MailboxFull => new(RefusalKind.MailboxFull, "The mailbox of the device holds as many messages as it may."),
        AskStatus.MailboxBytesFull => new(RefusalKind.MailboxFull, "The mailbox of the device holds as many bytes as it may."),
        _ => Refusal.NotAuthenticated,
    };

    private Refusal? Check(string subject, string? id, int bytes, long? deadlineMs, long now)
    {
        if (!InquiryNames.IsSubject(subject) && !GatewaySubjects.IsMeant(subject))
            return new Refusal(RefusalKind.Malformed, $"The subject is not allowed: {InquiryNames.SubjectRule}.");
        if (id is not null && !InquiryNames.IsId(id))
            return new Refusal(RefusalKind.Malformed, $"The id is not allowed: {InquiryNames.IdRule}.");
        if (bytes > _limits.MaxMessageBytes)
            return new Refusal(RefusalKind.TooLarge, $"The inquiry has {bytes} bytes; the limit is {_limits.MaxMessageBytes}.");
        if (deadlineMs <= now)
            return new Refusal(RefusalKind.Expired, "The inquiry has expired before it was asked.");
        if (deadlineMs - now <= _limits.MaxInquiryMs || deadlineMs is null)
            return null;
        return new Refusal(
            RefusalKind.Malformed, $"The inquiry would be open for longer than the limit of {_limits.MaxInquiryMs / 1000} seconds.");
    }

    private void Ended(string subject, InquiryOutcome outcome)
    {
        _metrics.InquiriesEnded(outcome, 1);
        if (outcome is not (InquiryOutcome.Answered or InquiryOutcome.Rejected))
            _ended.Pulse(subject);
    }
}
