using Microsoft.Extensions.Logging;
using Restante.Core.Audit;
using Restante.Core.Enrolment;
using Restante.Core.History;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Jobs;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Notifications;
using Restante.Core.Outcomes;
using Restante.Core.Quotas;
using Restante.Core.Reports;
using Restante.Core.Storage;
using Restante.Core.Telemetry;

namespace Restante.Core;

/// <summary>Looks after what time does: expiry, lapsed leases, retention.</summary>
public sealed class Maintenance
{
    private const int MaxItemsPerSweep = 2_000;

    private static readonly TimeSpan s_retentionPeriod = TimeSpan.FromSeconds(10);

    private readonly IGatewayStore _store;
    private readonly MailboxHub _mailboxes;
    private readonly OutcomeFeed _outcomes;
    private readonly ReportHub _reports;
    private readonly NotificationHub _notifications;
    private readonly InquiryHub _inquiries;
    private readonly CertificateIssuers _issuers;
    private readonly CredentialDesk _desk;
    private readonly HistoryBook _history;
    private readonly AuditLog _audit;
    private readonly ConsumerGroups _groups;
    private readonly BulkJobs _jobs;
    private readonly EnrolmentClaims _claims;
    private readonly SendingQuotas _quotas;
    private readonly ActBudget _acts;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly ILogger _log;
    private long? _retentionAt;

    internal Maintenance(
        IGatewayStore store,
        MailboxHub mailboxes,
        OutcomeFeed outcomes,
        ReportHub reports,
        NotificationHub notifications,
        InquiryHub inquiries,
        CertificateIssuers issuers,
        CredentialDesk desk,
        HistoryBook history,
        AuditLog audit,
        ConsumerGroups groups,
        BulkJobs jobs,
        EnrolmentClaims claims,
        SendingQuotas quotas,
        ActBudget acts,
        GatewayLimits limits,
        TimeProvider time,
        CoreMetrics metrics,
        ILogger log)
    {
        _store = store;
        _mailboxes = mailboxes;
        _outcomes = outcomes;
        _reports = reports;
        _notifications = notifications;
        _inquiries = inquiries;
        _issuers = issuers;
        _desk = desk;
        _history = history;
        _audit = audit;
        _groups = groups;
        _jobs = jobs;
        _claims = claims;
        _quotas = quotas;
        _acts = acts;
        _limits = limits;
        _time = time;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>
    /// Does what is due now, once. A store that takes no work is tried again next time, and does not keep the others from theirs: where
    /// the disk is full, it is retention that makes room again.
    /// </summary>
    public async ValueTask RunOnceAsync()
    {
        await _audit.SweepAsync();
        string? cause = null;
        bool drops = IsRetentionDue();
        if (drops)
        {
            cause = await TryAsync(DropFromStreamsAsync, cause);
            cause = await TryAsync(_audit.EnforceRetentionAsync, cause);
        }

        cause = await TryAsync(SweepMailboxesAsync, cause);
        cause = await TryAsync(() => _notifications.SweepAsync(MaxItemsPerSweep), cause);
        cause = await TryAsync(() => _inquiries.SweepAsync(MaxItemsPerSweep), cause);
        cause = await TryAsync(() => _issuers.SweepAsync(MaxItemsPerSweep), cause);
        cause = await TryAsync(_history.SweepAsync, cause);
        if (drops)
            cause = await TryAsync(_claims.SweepAsync, cause);
        if (cause is not null)
            Log.MaintenancePostponed(_log, cause);

        int lapsed = _outcomes.TakeBackLapsed() + _reports.TakeBackLapsed() + _inquiries.TakeBackLapsed();
        if (lapsed > 0)
            _metrics.Lapsed(lapsed);
        _outcomes.LookAgain();
        _quotas.Sweep();
        _acts.Sweep();
        _desk.Pace.Sweep();
        await _groups.LookAfterAsync();
    }

    /// <summary>Keeps at it, and at the jobs, until it is cancelled. A fault of one round is logged and does not end it.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.WhenAll(SweepAsync(cancellation), _jobs.RunAsync(cancellation));

    /// <returns>Why a store took no work, of the first one that did not; null when all have.</returns>
    private static async ValueTask<string?> TryAsync(Func<ValueTask> work, string? cause)
    {
        try
        {
            await work();
            return cause;
        }
        catch (StoreUnavailableException e)
        {
            return cause ?? e.Message;
        }
    }

    // By the monotonic clock, so that a clock that is set back does not put retention off.
    private bool IsRetentionDue()
    {
        if (_retentionAt is long last && _time.GetElapsedTime(last) < s_retentionPeriod)
            return false;
        _retentionAt = _time.GetTimestamp();
        return true;
    }

    private async ValueTask DropFromStreamsAsync() =>
        await _store.Streams.EnforceRetentionAsync(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private async ValueTask SweepMailboxesAsync()
    {
        SweepResult swept;
        do
        {
            swept = await _store.Mailboxes.SweepAsync(_time.GetUtcNow().ToUnixTimeMilliseconds(), MaxItemsPerSweep);
            _mailboxes.Ended(swept.Ended);
            _mailboxes.Lapsed(swept.Lapses);
            _mailboxes.WakeHolders(swept.DevicesWithMail);
        }
        while (swept.More);
    }

    private async Task SweepAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(_limits.SweepPeriodMs), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                await SafelyAsync(RunOnceAsync());
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The gateway stops; how far consumer groups have come is stored, so that they are not handed it again.
            await SafelyAsync(_groups.LookAfterAsync());
            await SafelyAsync(_audit.CloseAsync());
        }
    }

    private async ValueTask SafelyAsync(ValueTask work)
    {
        try
        {
            await work;
        }
        catch (Exception e)
        {
            Log.MaintenanceFailed(_log, e);
        }
    }
}
