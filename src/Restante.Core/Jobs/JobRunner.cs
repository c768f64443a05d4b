using System.Globalization;
using Microsoft.Extensions.Logging;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Metrics;
using Restante.Core.Selection;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Jobs;

/// <summary>
/// Carries jobs out. One round begins what is due, sends what the rates allow, counts outcomes, aborts, and takes back what was
/// cancelled. The store holds everything that matters, so a round may end anywhere and the next one, or the next process, goes on.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class JobRunner(
    IGatewayStore store, MailboxHub mailboxes, GatewayLimits limits, TimeProvider time, CoreMetrics metrics, ILogger log)
{
    private const int MaxPerPage = 500;
    private const int MaxLookedAtPerRound = 10_000; // Of a job whose audience hardly anybody belongs to, so that it holds up no others.
    private const int MaxTakenBackPerRound = 1_000;

    private readonly Dictionary<JobNumber, JobPace> _paces = [];
    private readonly SemaphoreSlim _round = new(1, 1);

    /// <summary>Pulses when a job has come further.</summary>
    public Signal Changed { get; } = new();

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Does what is due now, once. A store that takes no work is tried again next time.</summary>
    public async ValueTask RunOnceAsync()
    {
        await _round.WaitAsync();
        try
        {
            IReadOnlyList<JobRecord> open = await store.Jobs.ListOpenAsync();
            int places = limits.MaxRunningJobs;
            var shares = new PolicyShares(PolicyShares.Of(places, limits.RunningJobSharePercent));
            foreach (JobRecord sending in open.Where(j => j.State == JobState.Running && !j.IsSent))
            {
                places--;
                shares.TryTake(sending.Creator);
            }

            bool changed = false;
            foreach (JobRecord job in open)
            {
                if (job.State == JobState.Scheduled)
                {
                    if (job.Terms.StartAtMs > NowMs || places <= 0 || !shares.TryTake(job.Creator))
                        continue;
                    places--;
                }

                changed |= await WorkAsync(job);
            }

            foreach (JobNumber gone in _paces.Keys.Except(open.Select(j => j.Number)).ToList())
                _paces.Remove(gone);
            if (changed)
                Changed.Pulse();
        }
        catch (StoreUnavailableException e)
        {
            Log.JobsPostponed(log, e.Message);
        }
        finally
        {
            _round.Release();
        }
    }

    /// <summary>Keeps at it until it is cancelled. A fault of one round is logged and does not end it.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(limits.SweepPeriodMs), time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                await RunOnceSafelyAsync();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
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
        catch (Exception e)
        {
            Log.JobsFailed(log, e);
        }
    }

    // Returns whether anything has changed since the job was looked at last.
    private async ValueTask<bool> WorkAsync(JobRecord job)
    {
        if (!_paces.TryGetValue(job.Number, out JobPace? pace))
            _paces.Add(job.Number, pace = new JobPace(job, time));
        JobRecord? now = job.State == JobState.Scheduled ? await store.Jobs.MoveAsync(job.Number, JobState.Running, null, NowMs) : job;
        if (now is { State: JobState.Running, IsSent: false })
            now = await SendAsync(now, pace);
        else if (now is { IsLive: false })
            await TakeBackAsync(now, pace);
        now = now is null ? null : await store.Jobs.TallyAsync(job.Number, NowMs);
        if (now is { IsLive: true } && WhyToAbort(now) is string reason)
            now = await store.Jobs.MoveAsync(job.Number, JobState.Aborted, reason, NowMs) ?? now;
        if (now is null || now == pace.Told)
            return false;
        pace.Told = now;
        return true;
    }

    private async ValueTask<JobRecord?> SendAsync(JobRecord job, JobPace pace)
    {
        pace.Audience ??= AudienceQuery.Parse(job.Audience).Value!;
        pace.Content ??= await store.Jobs.ReadContentAsync(job.Number);
        JobRecord? now = job;
        int looks = MaxLookedAtPerRound;
        for (int allowed = pace.Allowed; allowed > 0 && looks > 0;)
        {
            if (now is not { State: JobState.Running, IsSent: false } || WhyToAbort(now) is not null)
                break;
            int wanted = Math.Min(allowed, MaxPerPage);
            DeviceSearch search = await store.Registry.SearchDevicesAsync(now.Cursor, wanted, looks, pace.Audience);
            now = await SendAsync(now, pace, search);
            pace.Spend(search.Devices.Count);
            allowed -= search.Devices.Count;
            looks -= search.LookedAt - search.Devices.Count;
        }

        return now;
    }

    private async ValueTask<JobRecord?> SendAsync(JobRecord job, JobPace pace, DeviceSearch search)
    {
        IReadOnlyList<DeviceRecord> devices = search.Devices;

        // What was sent without being counted has the job's number on it, in the mailbox or in its outcome.
        IReadOnlySet<DeviceId> known = pace.Known ?? await store.Jobs.ListSentAsync(job.Number, job.LastSequence);
        pace.Known = null;
        EnqueueItem[] items = [.. devices.Where(d => !known.Contains(d.Id)).Select(d => ItemOf(job, pace.Content!, d.Id))];
        EnqueueResult[] results = items.Length == 0 ? [] : await store.Mailboxes.EnqueueAsync(items, NowMs);
        var refusals = new List<JobRefusal>();
        Sequence last = default;
        for (int i = 0; i < items.Length; i++)
        {
            if (WhyRefused(results[i].Status) is string reason)
                refusals.Add(new JobRefusal(items[i].Device, reason));
            else if (results[i].Sequence.Value > last.Value)
                last = results[i].Sequence;
        }

        Tell(results);
        DeviceId? cursor = search.Next ?? (devices.Count == 0 ? null : devices[^1].Id);
        HashSet<DeviceId> ahead = [.. known.Where(d => cursor is DeviceId at && d.CompareTo(at) > 0)];

        // While some of the known ones are still ahead, a next start has to find them again.
        JobRecord? advanced = await store.Jobs.AdvanceAsync(
            new JobAdvance(
                job.Number, cursor, ahead.Count > 0 ? default : last, devices.Count - refusals.Count, refusals, search.Next is null));
        pace.Known = ahead;
        return advanced;
    }

    private EnqueueItem ItemOf(JobRecord job, byte[] content, DeviceId device) => new()
    {
        Device = device,
        Kind = MessageKind.Command,
        Content = content,
        ExpiresAtMs = NowMs + (job.Terms.TtlMs ?? limits.DefaultTtlMs),
        MessageId = string.Create(CultureInfo.InvariantCulture, $"job-{job.Number.Value}/{device.Value}"),
        Sender = job.Creator,
        ReplaceKey = job.Terms.ReplaceKey,
        Flags = (job.Terms.WantsOutcome ? MessageFlags.None : MessageFlags.OutcomeNotWanted)
            | (job.Terms.ShelveExpired ? MessageFlags.ShelveExpired : MessageFlags.None),
        Job = job.Number.Value,
    };

    private void Tell(EnqueueResult[] results)
    {
        var woken = new List<DeviceNumber>(results.Length);
        var replaced = new List<EndedMessage>();
        foreach (EnqueueResult result in results)
        {
            if (result.Status != EnqueueStatus.Enqueued)
                continue;
            metrics.Enqueued();
            woken.Add(result.Device);
            replaced.AddRange(result.Replaced ?? []);
        }

        mailboxes.Ended(replaced);
        mailboxes.WakeHolders(woken);
    }

    private async ValueTask TakeBackAsync(JobRecord job, JobPace pace)
    {
        IReadOnlyList<Sequence> waiting = await store.Jobs.ListWaitingAsync(job.Number, pace.TakenBackTo, MaxTakenBackPerRound);
        pace.TakenBackTo = waiting.Count < MaxTakenBackPerRound ? default : waiting[^1];
        string reason = $"Job {job.Number}: {job.Reason}";
        Task<CancelResult>[] wishes = [.. waiting.Select(s => store.Mailboxes.CancelAsync(s, reason, NowMs).AsTask())];
        try
        {
            await Task.WhenAll(wishes);
        }
        finally
        {
            mailboxes.Ended([.. wishes.Zip(waiting)
                .Where(w => w.First.IsCompletedSuccessfully && w.First.Result.Status == CancelStatus.Cancelled)
                .Select(w => new EndedMessage(w.First.Result.Device, w.Second, MessageKind.Command, Outcome.Cancelled, 0))]);
        }
    }

    private static string? WhyRefused(EnqueueStatus status) => status switch
    {
        EnqueueStatus.DeviceNotFound => "The device was removed.",
        EnqueueStatus.MailboxFull => "The mailbox holds as many messages as it may.",
        EnqueueStatus.MailboxBytesFull => "The mailbox holds as many bytes as it may.",
        _ => null,
    };

    private static string? WhyToAbort(JobRecord job)
    {
        JobCounts counts = job.Counts;
        if (job.Terms.MaxFailed is int max && counts.Failed > max)
            return string.Create(CultureInfo.InvariantCulture, $"{counts.Failed} have failed; the job allows {max}.");
        bool enough = counts.Ended >= BulkJobs.ShareAfter;
        if (job.Terms.MaxFailedPercent is int percent && enough && counts.Failed * 100 > percent * counts.Ended)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"{counts.Failed} of {counts.Ended} have failed; the job allows {percent} percent.");
        }

        return null;
    }
}
