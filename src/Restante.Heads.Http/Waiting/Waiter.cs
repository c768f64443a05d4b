using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Sessions;

namespace Restante.Heads.Http.Waiting;

/// <summary>
/// A request that waits: a long poll or an event stream. It ends when the client goes, the gateway drains, its token runs out or its policy
/// is removed.
/// </summary>
internal sealed class Waiter : ILiveConnection, IDisposable
{
    private static readonly ConnectionName s_name = new("https", 0, null);
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(30);

    private readonly CancellationTokenSource? _expiry;
    private readonly CancellationTokenSource _revoked = new();
    private readonly CancellationTokenSource _end;
    private readonly Gateway _gateway;
    private readonly ServicePrincipal _principal;
    private readonly Action _leave;

    public Waiter(Gateway gateway, ServicePrincipal principal, Action leave, CancellationToken aborted, CancellationToken stopping)
    {
        _gateway = gateway;
        _principal = principal;
        _leave = leave;
        if (principal.ExpiresAtMs != long.MaxValue)
        {
            long rest = Math.Max(0, principal.ExpiresAtMs - gateway.Time.GetUtcNow().ToUnixTimeMilliseconds());
            TimeSpan delay = rest > s_longestTimer.TotalMilliseconds ? s_longestTimer : TimeSpan.FromMilliseconds(rest);
            _expiry = new CancellationTokenSource(delay, gateway.Time);
        }

        _end = CancellationTokenSource.CreateLinkedTokenSource(
            [aborted, stopping, _revoked.Token, _expiry?.Token ?? CancellationToken.None]);
        Aborted = aborted;
        gateway.Connections.Add(principal, this, s_name);
    }

    /// <summary>Cancelled when the wait is to end.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Aborted { get; }

    /// <summary>Why it ended, for the last event of a stream.</summary>
    public string Reason =>
        _revoked.IsCancellationRequested ? "policy-removed" : _expiry is { IsCancellationRequested: true } ? "token-expired" : "draining";

    /// <inheritdoc/>
    public void End(EndReason reason, string description)
    {
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
        _gateway.Connections.Remove(_principal, this, s_name, "ended");
        _end.Dispose();
        _expiry?.Dispose();
        _revoked.Dispose();
        _leave();
    }
}
