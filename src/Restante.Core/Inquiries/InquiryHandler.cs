using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Signals;

namespace Restante.Core.Inquiries;

/// <summary>
/// A service's place among the handlers of one subject: a link, or one long poll. While there is one the subject is handled. Wait on
/// <see cref="Added"/>, take, settle (<see cref="InquiryHub.SettleAsync"/>) and answer (<see cref="InquiryHub.AnswerAsync"/>). Once
/// disposed it takes no more; what it was handed and has not settled the caller releases, or lets lapse.
/// </summary>
public sealed class InquiryHandler : IDisposable
{
    private readonly InquiryHub _inquiries;
    private int _detached;

    internal InquiryHandler(InquiryHub inquiries, ServicePrincipal handler, string subject, Signal added)
    {
        _inquiries = inquiries;
        Handler = handler;
        Subject = subject;
        Added = added;
    }

    /// <summary>Who handles.</summary>
    public ServicePrincipal Handler { get; }

    /// <summary>What.</summary>
    public string Subject { get; }

    /// <summary>Pulses when there may be inquiries to take.</summary>
    public Signal Added { get; }

    /// <summary>
    /// Takes the next waiting inquiries, each under a lease of <see cref="Limits.GatewayLimits.LeaseDurationMs"/>; empty when there are
    /// none. That they were handed out is durable. Refusals: unavailable.
    /// </summary>
    /// <param name="maxInquiries">At least 1.</param>
    /// <param name="maxBytes">Stops after this many bytes of content; one inquiry is always allowed.</param>
    public ValueTask<Result<IReadOnlyList<TakenInquiry>>> TakeAsync(int maxInquiries, int maxBytes) =>
        Volatile.Read(ref _detached) == 0
            ? _inquiries.TakeAsync(this, maxInquiries, maxBytes)
            : ValueTask.FromResult(Result.Success<IReadOnlyList<TakenInquiry>>([]));

    /// <summary>Ends a poll: it counts as a handler for as long as a lease holds, so that it may work and come again.</summary>
    public void EndPoll() => Detach(comesAgain: true);

    /// <inheritdoc/>
    public void Dispose() => Detach(comesAgain: false);

    private void Detach(bool comesAgain)
    {
        if (Interlocked.Exchange(ref _detached, 1) == 0)
            _inquiries.Detach(Subject, Handler.Name, comesAgain);
    }
}
