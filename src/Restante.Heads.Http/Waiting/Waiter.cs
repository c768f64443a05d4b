using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Sessions;

namespace Restante.Heads.Http.Waiting;

/// <summary>
/// A request that waits: a long poll or an event stream. It ends when the client goes, the gateway drains, its token runs out, or its
/// policy or device is revoked. That of a device is part of the device's session and ends with it.
/// </summary>
internal sealed class Waiter : ILiveConnection, IDisposable
{
    private static readonly ConnectionName s_name = new("https", 0, null);
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(30);

    private readonly CancellationTokenSource? _expiry;
    private readonly CancellationTokenSource _revoked = new();
    private readonly CancellationTokenSource _end;
    private readonly Gateway _gateway;
    private readonly Principal _principal;
    private readonly DeviceSession? _session;
    private readonly Action _leave;
    private volatile EndReason _reason = EndReason.Removed;

    public Waiter(
        Gateway gateway, Principal principal, DeviceSession? session, Action leave, CancellationToken aborted, CancellationToken stopping)
    {
        _gateway = gateway;
        _principal = principal;
        _session = session;
        _leave = leave;
        if (principal.ExpiresAtMs != long.MaxValue)
        {
            long rest = Math.Max(0, principal.ExpiresAtMs - gateway.Time.GetUtcNow().ToUnixTimeMilliseconds());
            TimeSpan delay = rest > s_longestTimer.TotalMilliseconds ? s_longestTimer : TimeSpan.FromMilliseconds(rest);
            _expiry = new CancellationTokenSource(delay, gateway.Time);
        }

        _end = CancellationTokenSource.CreateLinkedTokenSource(
            [aborted, stopping, _revoked.Token, _expiry?.Token ?? CancellationToken.None, session?.Ended ?? CancellationToken.None]);
        Aborted = aborted;
        if (session is null)
            gateway.Connections.Add(principal, this, s_name);
    }

    /// <summary>What it reads by; null for a device, whose waits have a bound that is small enough.</summary>
    public ReadingTurn? Turn { get; init; }

    /// <summary>True for a service that is not shown all there is.</summary>
    public bool PassesOver => _principal is ServicePrincipal { Scope: not null };

    /// <summary>Cancelled when the wait is to end.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Aborted { get; }

    /// <summary>Why it ended, for the last event of a stream.</summary>
    public string Reason =>
        _revoked.IsCancellationRequested ? WordOf(_reason)
        : _session is { Ended.IsCancellationRequested: true } ? _session.EndWord
        : _expiry is { IsCancellationRequested: true } ? "token-expired" : "draining";

    /// <summary>What the request is refused with, as its caller has lost its access or its session; null when it has not.</summary>
    public Refusal? Lost =>
        _session is { Ended.IsCancellationRequested: true } ? _session.EndRefusal
        : _revoked.IsCancellationRequested && _reason is (EndReason.ScopeChanged or EndReason.RightsChanged)
            ? new Refusal(RefusalKind.Unavailable, "The scope or rights of the policy were changed while the request waited. Ask again.")
        : _revoked.IsCancellationRequested || _expiry is { IsCancellationRequested: true } ? Refusal.NotAuthenticated : null;

    /// <inheritdoc/>
    public void End(EndReason reason, string description)
    {
        _reason = reason;
        try
        {
            _ = _revoked.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The request has ended meanwhile.
        }
    }

    public void Dispose()
    {
        if (_session is null)
            _gateway.Connections.Remove(_principal, this, s_name, "ended");
        _end.Dispose();
        _expiry?.Dispose();
        _revoked.Dispose();
        _leave();
    }

    private static string WordOf(EndReason reason) => reason switch
    {
        EndReason.CredentialChanged => "credential-changed",
        EndReason.ScopeChanged => "scope-changed",
        EndReason.RightsChanged => "rights-changed",
        _ => "policy-removed",
    };
}
