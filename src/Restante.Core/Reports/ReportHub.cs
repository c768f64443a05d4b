using System.Diagnostics;
using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Outcomes;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Core.Tracing;

namespace Restante.Core.Reports;

/// <summary>
/// What devices report on their commands. A device sends its reports with <see cref="ReportAsync"/>: one, or a numbered stream with an end
/// mark. Services wait for the last one (<see cref="WaitFinalAsync(ServicePrincipal, Sequence, TimeSpan, CancellationToken)"/>), follow
/// the reports on one command (<see cref="Follow"/>, then
/// <see cref="ReadAsync(ServicePrincipal, Sequence, int, int, int)"/> from the number they have come to, then wait), or take all reports as
/// competing receivers of a durable reader (<see cref="Reader"/>). Callers have checked rights.
/// </summary>
public sealed partial class ReportHub
{
    /// <summary>The name of the reader that all services share.</summary>
    public const string SharedReader = "reports";

    /// <summary>The most reports that one reading returns.</summary>
    public const int MaxPage = 1_000;

    private const int MaxBytesPerRead = 4 * 1024 * 1024;

    private readonly IReportStore _store;
    private readonly IMailboxStore _mailboxes;
    private readonly MailboxHub _waiting;
    private readonly DeviceScopes _scopes;
    private readonly OutcomeFeed _outcomes;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly SendingQuotas _quotas;
    private readonly FeedReaders<ReportRecord> _readers;
    private readonly SignalTable<Sequence> _followed = new();
    private readonly FinalReportWaits _waits = new();

    internal ReportHub(
        IGatewayStore store,
        MailboxHub mailboxes,
        DeviceScopes scopes,
        OutcomeFeed outcomes,
        GatewayLimits limits,
        TimeProvider time,
        CoreMetrics metrics,
        SendingQuotas quotas)
    {
        _waiting = mailboxes;
        _scopes = scopes;
        _store = store.Reports;
        _mailboxes = store.Mailboxes;
        _outcomes = outcomes;
        _limits = limits;
        _time = time;
        _metrics = metrics;
        _quotas = quotas;
        _readers = new FeedReaders<ReportRecord>(
            Open, Added, limits.MaxReportsInFlight, TimeSpan.FromMilliseconds(limits.LeaseDurationMs), time);
    }

    /// <summary>Pulses when reports were added; for the receivers of <see cref="Reader"/>.</summary>
    public Signal Added { get; } = new();

    // For tests of what is left behind.
    internal int Waiting => _waits.Count;

    internal int Followed => _followed.Count;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Stores a report of a device on one of its own commands; durable on return. It may come before or after the command was settled,
    /// until the final report or the deadline: the instant the sender named, else <see cref="GatewayLimits.ReportDeadlineMs"/> after the
    /// command has ended. Refusals: not-found (no such command of this device, or it is kept no more), conflict (the final report was
    /// sent, or the ones before this number are missing), expired (the deadline), limit-reached (as many reports on the command, or as many
    /// bytes of the device, as are allowed), throttled (beyond the quota), too-large, malformed, unavailable.
    /// </summary>
    /// <param name="device">Who reports.</param>
    /// <param name="command">On what.</param>
    /// <param name="content">The report; copied before the call returns.</param>
    /// <param name="isFinal">True when no other follows.</param>
    /// <param name="number">
    /// Its place among the reports on this command, from 1; 0 for the next one. With a number the call can be repeated: what is there
    /// already is not stored again.
    /// </param>
    public async ValueTask<Result<StoredReport>> ReportAsync(
        DevicePrincipal device, Sequence command, ReadOnlyMemory<byte> content, bool isFinal, int number = 0)
    {
        if (content.Length > _limits.MaxMessageBytes)
            return new Refusal(RefusalKind.TooLarge, $"The report has {content.Length} bytes; the limit is {_limits.MaxMessageBytes}.");
        if (number < 0)
            return new Refusal(RefusalKind.Malformed, "Reports are numbered from 1.");
        if (_quotas.Take(device, 1, content.Length) is Refusal refusal)
            return refusal;
        long now = NowMs;
        var item = new ReportItem
        {
            Device = device.Number,
            Command = command,
            Number = number,
            IsFinal = isFinal,
            Content = content.ToArray(),
        };
        var rules = new ReportRules(_limits.MaxReportsPerCommand, _limits.MaxReportBytesPerDevice, _limits.ReportDeadlineMs);
        try
        {
            TraceMark mark = MessageTrace.Begin(item.Content.Span, _time.GetUtcNow());
            ReportResult result = await _store.AppendAsync(item, rules, now);
            bool isIn = result.Status is ReportStatus.Stored or ReportStatus.Duplicate;
            MessageTrace.End(
                mark, "send report", ActivityKind.Server, _time.GetUtcNow(), device.Id, command.Value, result.Status.ToString(), !isIn);
            if (result.Status == ReportStatus.Stored)
                Tell(item, result, device, now);
            return result.Status switch
            {
                ReportStatus.Stored => new StoredReport(result.Number, false),
                ReportStatus.Duplicate => new StoredReport(result.Number, true),
                _ => Refuse(item, result),
            };
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Reads the reports on a command in order; fewer than asked for when they are large, none when there are none from that number on.
    /// Refusals: not-found (no such command, or it is kept no more), malformed, unavailable.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="from">The first number wanted, from 1.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    /// <param name="maxBytes">How many bytes their contents have together at the most; one report is read whatever it has.</param>
    public async ValueTask<Result<IReadOnlyList<ReportRecord>>> ReadAsync(
        Sequence command, int from, int max, int maxBytes = MaxBytesPerRead)
    {
        if (from < 1 || max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"Reports are read from a number that is at least 1, 1 to {MaxPage} at once.");
        try
        {
            IReadOnlyList<ReportRecord> reports = await _store.ReadAsync(command, from, max, maxBytes);
            if (reports.Count == 0 && !await IsThereAsync(command))
                return NotFound(command);
            return Result.Success(reports);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Reads the feed of all reports after a place in it. Refusals: malformed, unavailable.</summary>
    /// <param name="after">The <see cref="ReportRecord.FeedNumber"/> to go on after; 0 to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<ReportBatch>> ReadFeedAsync(long after, int max)
    {
        if (after < 0 || max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"Reports are read after a number that is not negative, 1 to {MaxPage} at once.");
        try
        {
            return await _store.ReadFeedAsync(after, max);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>A signal that pulses when a report on this command was added, and for no other. Hold it, then read, then wait.</summary>
    public SignalHold Follow(Sequence command) => _followed.Hold(command);

    /// <summary>
    /// Waits until the final report on a command is there, the command has ended otherwise than accepted, or the time is over (also that in
    /// which reports are taken). Without a final report the result says what is known. Refusals: not-found (no such command, or it is kept
    /// no more), unavailable.
    /// </summary>
    public async ValueTask<Result<FinalReport>> WaitFinalAsync(Sequence command, TimeSpan patience, CancellationToken cancellation)
    {
        long began = _time.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<ReportRecord> told = _waits.Enter(command);
        try
        {
            if (await _store.FindFinalAsync(command) is ReportRecord final)
                return await WithOutcomeAsync(command, final);
            if (!await IsThereAsync(command))
                return NotFound(command);
            Task<Result<OutcomeRecord>> ended = _outcomes.WaitAsync(command, patience, over.Token).AsTask();
            if (await Task.WhenAny(told, ended) == told)
                return await WithOutcomeAsync(command, await told);
            if ((await ended).Value is { Outcome: Outcome.Accepted } accepted)
                await WaitForReportAsync(told, patience - _time.GetElapsedTime(began), accepted, cancellation);
            return await WithOutcomeAsync(command, await _store.FindFinalAsync(command));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            await over.CancelAsync();
            _waits.Leave(command);
        }
    }

    /// <summary>The shared state of a named reader of all reports. Its receivers compete; what one settles no other gets.</summary>
    /// <param name="name">
    /// <see cref="SharedReader"/>, or <see cref="ReaderOf"/> an existing policy, which bounds how many readers there are.
    /// </param>
    public FeedReader<ReportRecord> Reader(string name) => _readers.Reader(name);

    /// <summary>The name of the reader that is a policy's own.</summary>
    public static string ReaderOf(string policy) => $"{SharedReader}/{policy}";

    /// <summary>Forgets how far the reader of a policy has come. Fails as the store does.</summary>
    internal async ValueTask RemoveReaderOfAsync(string policy)
    {
        string name = ReaderOf(policy);
        await _readers.RetireAsync(name);
        await _mailboxes.RemoveCursorAsync(name);
    }

    /// <summary>Takes back what receivers have held for longer than their leases. Returns how many reports.</summary>
    internal int TakeBackLapsed() => _readers.TakeBackLapsed();

    private static Refusal NotFound(Sequence command) =>
        new(RefusalKind.NotFound, $"There is no command {command}, or it is kept no more.");

    private Refusal Refuse(ReportItem report, ReportResult result) => result.Status switch
    {
        ReportStatus.NotOwn => new(RefusalKind.NotFound, $"There is no command {report.Command} of this device, or it is kept no more."),
        ReportStatus.AfterFinal => new(RefusalKind.Conflict, $"Report {result.Last} on command {report.Command} was the final one."),
        ReportStatus.PastDeadline => new(RefusalKind.Expired, $"The time for reports on command {report.Command} is over."),
        ReportStatus.Gap => new(
            RefusalKind.Conflict,
            $"Report {report.Number} on command {report.Command} cannot be taken: the next one is {result.Last + 1}."),
        ReportStatus.TooManyBytes => new(
            RefusalKind.LimitReached,
            $"The reports of this device that are kept may have {_limits.MaxReportBytesPerDevice} bytes, {ReportItem.Overhead} of each "
                + "counted besides its content; there is room again when older ones have gone with their commands."),
        _ => new(RefusalKind.LimitReached, $"There are {result.Last} reports on command {report.Command}, which is the limit."),
    };

    private void Tell(ReportItem report, ReportResult result, DevicePrincipal device, long now)
    {
        _metrics.Reported();
        if (report.IsFinal)
        {
            _waits.Tell(new ReportRecord
            {
                FeedNumber = result.FeedNumber,
                Command = report.Command,
                Number = result.Number,
                IsFinal = true,
                Device = device.Id,
                AtMs = now,
                Content = report.Content,
            });
        }

        _followed.Pulse(report.Command);
        Added.Pulse();
    }

    private async ValueTask WaitForReportAsync(
        Task<ReportRecord> told, TimeSpan rest, OutcomeRecord accepted, CancellationToken cancellation)
    {
        long deadline = accepted.ReportsUntilMs > 0 ? accepted.ReportsUntilMs : accepted.AtMs + _limits.ReportDeadlineMs;
        TimeSpan open = TimeSpan.FromMilliseconds(Math.Clamp(deadline - NowMs, 0, int.MaxValue));
        rest = rest < open ? rest : open;
        if (rest <= TimeSpan.Zero)
            return;
        try
        {
            await told.WaitAsync(rest, _time, cancellation);
        }
        catch (TimeoutException)
        {
            // What is there by now is looked up.
        }
    }

    private async ValueTask<Result<FinalReport>> WithOutcomeAsync(Sequence command, ReportRecord? report) =>
        new FinalReport(report, await _mailboxes.FindOutcomeAsync(command));

    private async ValueTask<bool> IsThereAsync(Sequence command) =>
        await _mailboxes.FindMessageAsync(command, NowMs) is not null || await _mailboxes.FindOutcomeAsync(command) is not null;

    private FeedPort<ReportRecord> Open(string name) => new()
    {
        SeenBy = SeenBy,
        NumberOf = static report => report.FeedNumber,
        ReadAsync = async (after, max) =>
        {
            ReportBatch batch = await _store.ReadFeedAsync(after, max);
            return new FeedBatch<ReportRecord>(batch.Reports, batch.SkippedByRetention);
        },
        GetCursorAsync = () => _mailboxes.GetCursorAsync(name),
        SetCursorAsync = number => _mailboxes.SetCursorAsync(name, number, NowMs),
    };
}
