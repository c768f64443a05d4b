using Restante.Core;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Heads.Http.Sessions;

/// <summary>
/// A session's hold on the mailbox of its device. Polls, streams and inquiries that wait for their answer share it; what one of them is
/// handed is settled by further requests.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class MailboxHold(Gateway gateway, HttpHeadOptions options, ConnectionName name, Action<MailboxHold> lost)
    : IMailboxReceiver
{
    private readonly Dictionary<LeaseId, long> _inHand = [];
    private readonly Dictionary<string, int> _claims = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _leasing = new(1, 1);
    private readonly Lock _gate = new();
    private MailboxSession? _session;
    private MessageSelection? _selection;
    private volatile string? _taken;

    /// <summary>Pulses when there may be mail to lease, and when the hold is lost.</summary>
    public Signal News { get; } = new();

    /// <summary>Why it was lost; null while it is held.</summary>
    public string? Taken => _taken;

    /// <inheritdoc/>
    ConnectionName IMailboxReceiver.Connection => name;

    private MailboxSession Session => _session ?? throw new InvalidOperationException("The mailbox is not attached yet.");

    private long NowMs => gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Begin(MailboxSession session) => _session = session;

    /// <inheritdoc/>
    void IWakeable.Wake() => News.Pulse();

    /// <inheritdoc/>
    void IMailboxReceiver.OnMailboxTaken(string reason)
    {
        _taken = reason;
        lost(this);
        News.Pulse();
    }

    /// <summary>
    /// Takes the next messages; empty when there are none, or as many as allowed are in hand. Answers that an inquiry waits for are left
    /// to it.
    /// Refusals: conflict (the mailbox was taken over), unavailable.
    /// </summary>
    /// <param name="max">How many at the most.</param>
    /// <param name="window">How many may be in hand with them.</param>
    /// <param name="selector">A choice among them; null for all.</param>
    /// <param name="ended">The end of the request: who is gone is handed nothing.</param>
    public async ValueTask<Result<IReadOnlyList<LeasedMessage>>> LeaseAsync(
        int max, int window, string? selector, CancellationToken ended = default)
    {
        await _leasing.WaitAsync(CancellationToken.None);
        try
        {
            if (_taken is string reason)
                return new Refusal(RefusalKind.Conflict, reason);
            int room = Math.Min(max, Math.Min(window, options.MaxInHandPerDevice) - CountInHand());
            if (room <= 0 || ended.IsCancellationRequested)
                return Result.Success<IReadOnlyList<LeasedMessage>>([]);
            return Keep(await Session.LeaseAsync(room, options.MaxPageBytes, MessageKinds.All, Selection(selector)));
        }
        finally
        {
            _leasing.Release();
        }
    }

    /// <summary>Takes the next answer to an inquiry; empty when there is none yet. Refusals: those of <see cref="LeaseAsync"/>.</summary>
    /// <param name="answer">Which answers.</param>
    /// <param name="ended">The end of the request.</param>
    public async ValueTask<Result<IReadOnlyList<LeasedMessage>>> LeaseAnswerAsync(AnswerFilter answer, CancellationToken ended)
    {
        await _leasing.WaitAsync(CancellationToken.None);
        try
        {
            if (_taken is string reason)
                return new Refusal(RefusalKind.Conflict, reason);
            if (CountInHand() >= options.MaxInHandPerDevice || ended.IsCancellationRequested)
                return Result.Success<IReadOnlyList<LeasedMessage>>([]);
            return Keep(await Session.LeaseAsync(1, options.MaxPageBytes, MessageKinds.Answers, answer));
        }
        finally
        {
            _leasing.Release();
        }
    }

    /// <summary>Settles or renews. Refusals: expired, conflict (taken over), unavailable.</summary>
    public async ValueTask<Result<SettleResult>> SettleAsync(LeaseId lease, SettleVerb verb, string? reason)
    {
        Result<SettleResult> settled = await Session.SettleAsync(lease, verb, reason);
        lock (_gate)
        {
            if (settled.IsSuccess && verb == SettleVerb.Renew)
                _inHand[lease] = NowMs + gateway.Limits.LeaseDurationMs;
            else if (settled.IsSuccess || settled.Refusal.Kind == RefusalKind.Expired)
                _inHand.Remove(lease);
        }

        if (verb != SettleVerb.Renew)
            News.Pulse(); // There is room for who waits for it.
        return settled;
    }

    /// <summary>From now on answers to this inquiry are left to whoever waits for them; once for each <see cref="Unclaim"/>.</summary>
    public void Claim(string inquiry)
    {
        lock (_gate)
        {
            _claims[inquiry] = _claims.GetValueOrDefault(inquiry) + 1;
            _selection = null;
        }
    }

    /// <summary>Nobody waits for the answers any more; they come with the mail.</summary>
    public void Unclaim(string inquiry)
    {
        lock (_gate)
        {
            if (--_claims[inquiry] == 0)
                _claims.Remove(inquiry);
            _selection = null;
        }

        News.Pulse();
    }

    public ValueTask CloseAsync() => Session.CloseAsync();

    private Result<IReadOnlyList<LeasedMessage>> Keep(Result<IReadOnlyList<LeasedMessage>> leased)
    {
        lock (_gate)
        {
            foreach (LeasedMessage message in leased.Value ?? [])
                _inHand[message.Lease] = message.LeasedUntilMs;
        }

        return leased;
    }

    private int CountInHand()
    {
        lock (_gate)
        {
            long now = NowMs;
            foreach ((LeaseId lease, long until) in _inHand)
            {
                if (until <= now)
                    _inHand.Remove(lease);
            }

            return _inHand.Count;
        }
    }

    // The same object as long as the same is wished, as the core remembers by it what was not wanted.
    private MessageSelection? Selection(string? selector)
    {
        lock (_gate)
        {
            if (selector is null && _claims.Count == 0)
                return null;
            if (_selection?.Selector != selector || _selection is null)
                _selection = new MessageSelection(selector, [.. _claims.Keys]);
            return _selection;
        }
    }
}
