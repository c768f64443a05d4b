using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryJobs(MemoryState state) : IJobStore
{
    private readonly SortedDictionary<long, MemoryJob> _jobs = [];
    private long _last;

    public ValueTask<CreateJobResult> CreateAsync(NewJob job, int maxJobs, int maxOfCreator, long nowMs)
    {
        byte[] content = job.Content.ToArray();
        return state.Run(() =>
        {
            state.CheckWrite();
            (CreateJobStatus status, MemoryJob? oldest) = FindRoom(job.Creator, maxJobs, maxOfCreator);
            if (status != CreateJobStatus.Created)
                return new CreateJobResult(status, null);
            if (oldest is not null)
                _jobs.Remove(oldest.Record.Number.Value);
            var record = new JobRecord
            {
                Number = new JobNumber(++_last),
                Audience = job.Audience,
                Terms = job.Terms,
                Creator = job.Creator,
                Expected = job.Expected,
                CreatedAtMs = nowMs,
            };
            _jobs.Add(_last, new MemoryJob(record, content));
            return new CreateJobResult(CreateJobStatus.Created, record);
        });
    }

    public ValueTask<CreateJobStatus> FindRoomAsync(string creator, int maxJobs, int maxOfCreator) =>
        state.Run(() => FindRoom(creator, maxJobs, maxOfCreator).Status);

    public ValueTask<JobRecord?> FindAsync(JobNumber number) => state.Run(() => Find(number)?.Record);

    public ValueTask<IReadOnlyList<JobRecord>> ListAsync(JobNumber? before, int max) => state.Run<IReadOnlyList<JobRecord>>(() =>
        [.. _jobs.Values.Reverse().Select(j => j.Record).Where(r => before is null || r.Number.Value < before.Value.Value).Take(max)]);

    public ValueTask<IReadOnlyList<JobRecord>> ListOpenAsync() =>
        state.Run<IReadOnlyList<JobRecord>>(() => [.. _jobs.Values.Select(j => j.Record).Where(r => !r.IsClosed)]);

    public ValueTask<byte[]?> ReadContentAsync(JobNumber number) => state.Run(() => (byte[]?)Find(number)?.Content.Clone());

    public ValueTask<JobRecord?> MoveAsync(JobNumber number, JobState to, string? reason, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        if (Find(number) is not { Record.IsLive: true } job)
            return null;
        job.Record = to == JobState.Running
            ? job.Record with { State = to, StartedAtMs = nowMs }
            : job.Record with { State = to, Reason = reason, EndedAtMs = nowMs };
        return (JobRecord?)job.Record;
    });

    public ValueTask<JobRecord?> AdvanceAsync(JobAdvance advance) => state.Run(() =>
    {
        state.CheckWrite();
        if (Find(advance.Number) is not MemoryJob job)
            return null;
        foreach (JobRefusal refusal in advance.Refusals.Take(IJobStore.MaxRefusals - job.Refusals.Count))
            job.Refusals[refusal.Device.Value] = refusal;
        JobCounts counts = job.Record.Counts;
        job.Record = job.Record with
        {
            Cursor = advance.Cursor ?? job.Record.Cursor,
            LastSequence = new Sequence(Math.Max(advance.LastSequence.Value, job.Record.LastSequence.Value)),
            IsSent = advance.IsSent,
            Counts = counts with { Sent = counts.Sent + advance.Sent, Refused = counts.Refused + advance.Refusals.Count },
        };
        return (JobRecord?)job.Record;
    });

    public ValueTask<JobRecord?> TallyAsync(JobNumber number, long nowMs) => state.Run(() =>
    {
        if (Find(number) is not MemoryJob job)
            return null;
        JobCounts counts = job.Record.Counts;
        List<OutcomeRecord> fresh = [.. EndedOf(number).Where(o => !job.Counted.Contains(o.Sequence.Value))];
        foreach (OutcomeRecord outcome in fresh)
            counts = counts.With(outcome.Outcome, 1);
        bool over = !WaitingOf(number).Any() && (!job.Record.IsLive || (job.Record.State == JobState.Running && job.Record.IsSent));
        if (fresh.Count == 0 && (!over || job.Record.IsClosed))
            return job.Record;
        state.CheckWrite();
        job.Counted.UnionWith(fresh.Select(o => o.Sequence.Value));
        job.Record = job.Record with { Counts = counts, IsClosed = over };
        if (over && job.Record.IsLive)
            job.Record = job.Record with { State = JobState.Completed, EndedAtMs = nowMs };
        return (JobRecord?)job.Record;
    });

    public ValueTask<IReadOnlyList<Sequence>> ListWaitingAsync(JobNumber number, Sequence after, int max) =>
        state.Run<IReadOnlyList<Sequence>>(() =>
            [.. WaitingOf(number).Select(m => m.Sequence).Where(s => s.Value > after.Value).OrderBy(s => s.Value).Take(max)]);

    public ValueTask<IReadOnlySet<DeviceId>> ListSentAsync(JobNumber number, Sequence after) => state.Run<IReadOnlySet<DeviceId>>(() =>
        WaitingOf(number).Where(m => m.Sequence.Value > after.Value).Select(m => m.Item.Device)
            .Concat(EndedOf(number).Where(o => o.Sequence.Value > after.Value).Select(o => o.Device)).ToHashSet());

    public ValueTask<IReadOnlyList<JobRefusal>> ListRefusalsAsync(JobNumber number, DeviceId? after, int max) =>
        state.Run<IReadOnlyList<JobRefusal>>(() => Find(number) is not MemoryJob job ? [] :
            [.. job.Refusals.Values.Where(r => after is null || r.Device.CompareTo(after.Value) > 0).Take(max)]);

    private (CreateJobStatus Status, MemoryJob? Oldest) FindRoom(string creator, int maxJobs, int maxOfCreator)
    {
        MemoryJob[] own = [.. _jobs.Values.Where(j => j.Record.Creator == creator)];
        bool isShareTaken = own.Length >= maxOfCreator;
        if (!isShareTaken && _jobs.Count < maxJobs)
            return (CreateJobStatus.Created, null);
        MemoryJob? oldest = (isShareTaken ? own : [.. _jobs.Values]).FirstOrDefault(j => j.Record.IsClosed);
        CreateJobStatus refused = isShareTaken ? CreateJobStatus.TooManyOfCreator : CreateJobStatus.TooMany;
        return (oldest is null ? refused : CreateJobStatus.Created, oldest);
    }

    private MemoryJob? Find(JobNumber number) => _jobs.GetValueOrDefault(number.Value);

    private IEnumerable<MemoryMessage> WaitingOf(JobNumber number) =>
        state.ByNumber.Values.SelectMany(d => d.Messages.Values).Where(m => m.Item.Job == number.Value);

    private IEnumerable<OutcomeRecord> EndedOf(JobNumber number) => state.Outcomes.Values.Concat(state.Untold).Where(o => o.Job == number.Value);

    private sealed class MemoryJob(JobRecord record, byte[] content)
    {
        public JobRecord Record { get; set; } = record;

        public byte[] Content { get; } = content;

        public HashSet<long> Counted { get; } = [];

        public SortedDictionary<string, JobRefusal> Refusals { get; } = new(StringComparer.Ordinal);
    }
}
