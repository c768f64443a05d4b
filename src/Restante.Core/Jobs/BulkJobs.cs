using System.Globalization;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Selection;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Jobs;

/// <summary>
/// Jobs: one command to each device of an audience, from a start time on, at a rate, until too many have failed. The runner goes through
/// the devices in the order of their ids and keeps its place durably: after a restart it goes on where it was, and no device is sent the
/// command twice. A device that comes into the audience before its turn is in, one that comes after it is not. The callers have checked
/// rights: to create and cancel <see cref="Rights.Send"/>, to look the same.
/// </summary>
/// <remarks>
/// The commands are ordinary ones, with the message-id <c>job-NUMBER/DEVICE</c> and the job's creator as sender; each has its outcome,
/// which the job counts. A job that is aborted or cancelled takes back what no device has in hand.
/// </remarks>
public sealed partial class BulkJobs
{
    /// <summary>The fastest that a job may send, in commands in a second.</summary>
    public const int MaxRatePerSecond = 5_000;

    /// <summary>How many must have ended before the share of failures is looked at.</summary>
    public const int ShareAfter = 20;

    /// <summary>The most jobs, or refusals, that one listing returns.</summary>
    public const int MaxPage = 1_000;

    private const int MaxReplaceKeyLength = 128;

    private readonly IJobStore _store;
    private readonly IRegistryStore _registry;
    private readonly DeviceScopes _scopes;
    private readonly JobRunner _runner;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;

    internal BulkJobs(
        IJobStore store, IRegistryStore registry, DeviceScopes scopes, JobRunner runner, GatewayLimits limits, TimeProvider time)
    {
        _store = store;
        _registry = registry;
        _scopes = scopes;
        _runner = runner;
        _limits = limits;
        _time = time;
    }

    /// <summary>Pulses when a job was created or has come further.</summary>
    public Signal Changed => _runner.Changed;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private int MaxOfCreator => PolicyShares.Of(_limits.MaxJobs, _limits.JobSharePercent);

    /// <summary>
    /// Creates a job; durable on return. An audience that nobody belongs to is accepted: <see cref="JobRecord.Expected"/> says so.
    /// Refusals: malformed (the audience, with the place; the terms), too-large, throttled (too many jobs, or too many of this policy),
    /// unavailable.
    /// </summary>
    /// <param name="creator">Who creates it, and is the sender of its commands; its scope counts too, for each device when its turn
    /// comes.</param>
    /// <param name="audience">The audience query, see <see cref="AudienceQuery"/>.</param>
    /// <param name="content">The command; copied before the call returns.</param>
    /// <param name="terms">On which terms.</param>
    /// <param name="cancellation">
    /// Cancelled when nobody waits for it any more: then the audience is counted no further, and there is no job.
    /// </param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<Result<JobRecord>> CreateAsync(
        ServicePrincipal creator,
        string audience,
        ReadOnlyMemory<byte> content,
        JobTerms terms,
        CancellationToken cancellation = default)
    {
        Result<AudienceQuery> query = ReachedDevices.Narrow(creator, audience);
        if (!query.IsSuccess)
            return query.Refusal;
        if (Check(content.Length, terms) is Refusal refusal)
            return refusal;
        byte[] copy = content.ToArray();
        try
        {
            // A job that is refused has not had the devices looked through.
            CreateJobStatus room = await _store.FindRoomAsync(creator.Name, _limits.MaxJobs, MaxOfCreator);
            if (room != CreateJobStatus.Created)
                return TooMany(creator, room);
            long expected = await _registry.CountDevicesAsync(query.Value, new Looker(creator.Name, cancellation));
            var wish = new NewJob(query.Value.Text, copy, terms, creator.Name, expected);
            CreateJobResult result = await _store.CreateAsync(wish, _limits.MaxJobs, MaxOfCreator, NowMs);
            if (result.Job is null)
                return TooMany(creator, result.Status);
            Changed.Pulse();
            return result.Job;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>How a job stands at this moment. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<JobRecord>> FindAsync(JobNumber number)
    {
        try
        {
            JobRecord? job = await _store.FindAsync(number);
            if (job is { IsClosed: false })
                job = await TallyAsync(job);
            return job is null ? NotFound(number) : job;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists jobs, the newest first, as the runner has left them. Refusals: malformed, unavailable.</summary>
    /// <param name="before">The number to go on before; null to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<IReadOnlyList<JobRecord>>> ListAsync(JobNumber? before, int max)
    {
        if (max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} jobs.");
        try
        {
            return Result.Success(await _store.ListAsync(before, max));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// The devices that the command was refused for, in the order of their ids; the first <see cref="IJobStore.MaxRefusals"/> of a job
    /// are kept. Refusals: malformed, unavailable.
    /// </summary>
    public async ValueTask<Result<IReadOnlyList<JobRefusal>>> ListRefusalsAsync(JobNumber number, DeviceId? after, int max)
    {
        if (max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} devices.");
        try
        {
            return Result.Success(await _store.ListRefusalsAsync(number, after, max));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Cancels a job: nothing more is sent, and what no device has in hand is taken back, little by little. Refusals: not-found, conflict
    /// (it has ended), unavailable.
    /// </summary>
    /// <param name="number">The job.</param>
    /// <param name="by">Who cancels it, for the reason that is kept.</param>
    public async ValueTask<Result<JobRecord>> CancelAsync(JobNumber number, string by)
    {
        try
        {
            JobRecord? job = await _store.MoveAsync(number, JobState.Cancelled, $"Cancelled by {by}.", NowMs);
            if (job is not null)
            {
                Changed.Pulse();
                return job;
            }

            job = await _store.FindAsync(number);
            return job is null
                ? NotFound(number)
                : new Refusal(RefusalKind.Conflict, $"Job {number} has ended already: {job.State.ToString().ToLowerInvariant()}.");
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Does once what is due; the time is that of the gateway's clock.</summary>
    internal ValueTask RunOnceAsync() => _runner.RunOnceAsync();

    /// <summary>Keeps at it until it is cancelled.</summary>
    internal Task RunAsync(CancellationToken cancellation) => _runner.RunAsync(cancellation);

    private Refusal TooMany(ServicePrincipal creator, CreateJobStatus status) => new(
        RefusalKind.Throttled,
        status == CreateJobStatus.TooManyOfCreator
            ? $"The policy '{creator.Name}' has {MaxOfCreator} jobs that have not ended, which is its share (JobSharePercent)."
            : $"There are {_limits.MaxJobs} jobs that have not ended, which is the limit.");

    private static Refusal NotFound(JobNumber number) => new(RefusalKind.NotFound, $"There is no job {number}.");

    // While nothing can be written the counts are those of before.
    private async ValueTask<JobRecord?> TallyAsync(JobRecord job)
    {
        try
        {
            return await _store.TallyAsync(job.Number, NowMs);
        }
        catch (StoreUnavailableException)
        {
            return job;
        }
    }

    private Refusal? Check(int bytes, JobTerms terms)
    {
        if (bytes > _limits.MaxMessageBytes)
            return new Refusal(RefusalKind.TooLarge, $"The message has {bytes} bytes; the limit is {_limits.MaxMessageBytes}.");
        string? fault = terms switch
        {
            { RatePerSecond: < 1 or > MaxRatePerSecond } => $"A job sends 1 to {MaxRatePerSecond} commands in a second.",
            { StartAtMs: < 0 } => "A job begins at a time after 1970.",
            { TtlMs: <= 0 } => "A command of a job lives at least a millisecond.",
            { TtlMs: long ttl } when ttl > _limits.MaxTtlMs =>
                $"A command would live longer than the limit of {_limits.MaxTtlMs / 1000} seconds.",
            { ReplaceKey: { Length: 0 or > MaxReplaceKeyLength } } => $"A replace-key has 1 to {MaxReplaceKeyLength} characters.",
            { MaxFailed: < 0 } => "A job is aborted after 0 failures or more.",
            { MaxFailedPercent: < 0 or > 99 } => "A job is aborted when more than 0 to 99 percent have failed.",
            _ => null,
        };
        if (fault is null && terms.StartAtMs - NowMs > _limits.MaxTtlMs)
            fault = string.Create(CultureInfo.InvariantCulture, $"A job begins within {_limits.MaxTtlMs / 1000} seconds.");
        return fault is null ? null : new Refusal(RefusalKind.Malformed, fault);
    }
}
