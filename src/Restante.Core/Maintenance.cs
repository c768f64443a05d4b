using Microsoft.Extensions.Logging;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Outcomes;
using Restante.Core.Storage;

namespace Restante.Core;

/// <summary>Looks after what time does: expiry, lapsed leases, retention.</summary>
public sealed class Maintenance
{
    private const int MaxItemsPerSweep = 2_000;

    private static readonly TimeSpan s_retentionPeriod = TimeSpan.FromSeconds(10);

    private readonly IGatewayStore _store;
    private readonly MailboxHub _mailboxes;
    private readonly OutcomeFeed _outcomes;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly ILogger _log;
    private long? _retentionAt;

    internal Maintenance(
        IGatewayStore store,
        MailboxHub mailboxes,
        OutcomeFeed outcomes,
        GatewayLimits limits,
        TimeProvider time,
        CoreMetrics metrics,
        ILogger log)
    {
        _store = store;
        _mailboxes = mailboxes;
        _outcomes = outcomes;
        _limits = limits;
        _time = time;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>Does what is due now, once. A store that takes no work is tried again next time.</summary>
    public async ValueTask RunOnceAsync()
    {
        try
        {
            SweepResult swept;
            do
            {
                swept = await _store.Mailboxes.SweepAsync(_time.GetUtcNow().ToUnixTimeMilliseconds(), MaxItemsPerSweep);
                _metrics.Ended(Outcome.Expired, swept.Expired);
                _metrics.Ended(Outcome.Undeliverable, swept.Undeliverable);
                if (swept.Lapsed > 0)
                    _metrics.Lapsed(swept.Lapsed);
                if (swept.Expired + swept.Undeliverable > 0)
                    _outcomes.Added.Pulse();
                _mailboxes.WakeHolders(swept.DevicesWithMail);
            }
            while (swept.More);

            // By the monotonic clock, so that a clock that is set back does not put retention off.
            if (_retentionAt is not long last || _time.GetElapsedTime(last) >= s_retentionPeriod)
            {
                _retentionAt = _time.GetTimestamp();
                await _store.Streams.EnforceRetentionAsync(_time.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }
        catch (StoreUnavailableException e)
        {
            Log.MaintenancePostponed(_log, e.Message);
        }

        int lapsed = _outcomes.TakeBackLapsed();
        if (lapsed > 0)
            _metrics.Lapsed(lapsed);
        _outcomes.TellWhatMayHaveEnded();
    }

    /// <summary>Keeps at it until it is cancelled. A fault of one round is logged and does not end it.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(_limits.SweepPeriodMs), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                await RunOnceSafelyAsync();
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private async ValueTask RunOnceSafelyAsync()
    {
        try
        {
            await RunOnceAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.MaintenanceFailed(_log, e);
        }
    }
}
