using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Jobs;

/// <summary>Jobs of the embedded store.</summary>
internal sealed class SqliteJobStore(ReaderPool readers, Writer writer) : IJobStore
{
    private const string CountJobs = "SELECT count(*) FROM job";
    private const string CountOfCreator = "SELECT count(*) FROM job WHERE creator = ?";
    private const string SelectOldestClosed = "SELECT number FROM job WHERE is_closed = 1 ORDER BY number LIMIT 1";
    private const string SelectOldestOfCreator = "SELECT number FROM job WHERE creator = ? AND is_closed = 1 ORDER BY number LIMIT 1";
    private const string DeleteJob = "DELETE FROM job WHERE number = ?";
    private const string DeleteContent = "DELETE FROM job_content WHERE number = ?";
    private const string DeleteRefusals = "DELETE FROM job_refusal WHERE job = ?";
    private const string PutContent = "INSERT INTO job_content (number, content) VALUES (?, ?)";
    private const string SelectContent = "SELECT content FROM job_content WHERE number = ?";
    private const string CountRefusals = "SELECT count(*) FROM job_refusal WHERE job = ?";
    private const string PutRefusal = "INSERT OR REPLACE INTO job_refusal (job, device, reason) VALUES (?, ?, ?)";
    private const string SelectRefusals = "SELECT device, reason FROM job_refusal WHERE job = ? AND device > ? ORDER BY device LIMIT ?";
    private const string SelectWaiting =
        "SELECT sequence FROM message WHERE job = ? AND job > 0 AND sequence > ? ORDER BY sequence LIMIT ?";
    private const string SelectSent = """
        SELECT d.id FROM message m JOIN device d ON d.number = m.device WHERE m.job = ?1 AND m.job > 0 AND m.sequence > ?2
        UNION SELECT o.device FROM outcome o WHERE o.job = ?1 AND o.job > 0 AND o.sequence > ?2
        """;

    public ValueTask<CreateJobResult> CreateAsync(NewJob job, int maxJobs, int maxOfCreator, long nowMs)
    {
        byte[] content = job.Content.ToArray();
        return writer.Submit(new SimpleOperation<CreateJobResult>(session =>
        {
            Connection connection = session.Connection;
            (CreateJobStatus status, JobNumber? oldest) = FindRoom(connection, job.Creator, maxJobs, maxOfCreator);
            if (status != CreateJobStatus.Created)
                return new CreateJobResult(status, null);
            if (oldest is JobNumber dropped)
                Drop(connection, dropped);
            JobRecord created = JobRows.Insert(connection, job, nowMs);
            connection.Prepare(PutContent).Bind(1, created.Number.Value).Bind(2, content).Run();
            return new CreateJobResult(CreateJobStatus.Created, created);
        }, bytes: content.Length));
    }

    public ValueTask<CreateJobStatus> FindRoomAsync(string creator, int maxJobs, int maxOfCreator) => Answer(
        (creator, maxJobs, maxOfCreator), static (connection, x) => FindRoom(connection, x.creator, x.maxJobs, x.maxOfCreator).Status);

    public ValueTask<JobRecord?> FindAsync(JobNumber number) =>
        Answer(number, static (connection, wanted) => JobRows.Read(connection, wanted)?.Record);

    public ValueTask<IReadOnlyList<JobRecord>> ListAsync(JobNumber? before, int max) =>
        Answer<IReadOnlyList<JobRecord>, (long Before, int Max)>(
            (before?.Value ?? long.MaxValue, max), static (connection, page) => JobRows.ReadBefore(connection, page.Before, page.Max));

    public ValueTask<IReadOnlyList<JobRecord>> ListOpenAsync() =>
        Answer<IReadOnlyList<JobRecord>, int>(0, static (connection, _) => JobRows.ReadOpen(connection));

    public ValueTask<byte[]?> ReadContentAsync(JobNumber number) => Answer(number, static (connection, wanted) =>
    {
        Statement select = connection.Prepare(SelectContent).Bind(1, wanted.Value);
        if (!select.Step())
            return null;
        byte[] content = select.Blob(0).ToArray();
        select.Reset();
        return (byte[]?)content;
    });

    public ValueTask<JobRecord?> MoveAsync(JobNumber number, JobState state, string? reason, long nowMs) => ChangeAsync(number, (_, row) =>
        !row.Record.IsLive ? null
        : state == JobState.Running ? row with { Record = row.Record with { State = state, StartedAtMs = nowMs } }
        : row with { Record = row.Record with { State = state, Reason = reason, EndedAtMs = nowMs } });

    public ValueTask<JobRecord?> AdvanceAsync(JobAdvance advance) => ChangeAsync(advance.Number, (connection, row) =>
    {
        KeepRefusals(connection, advance);
        JobRecord job = row.Record;
        return row with
        {
            Record = job with
            {
                Cursor = advance.Cursor ?? job.Cursor,
                LastSequence = new Sequence(Math.Max(advance.LastSequence.Value, job.LastSequence.Value)),
                IsSent = advance.IsSent,
                Counts = job.Counts with { Sent = job.Counts.Sent + advance.Sent, Refused = job.Counts.Refused + advance.Refusals.Count },
            },
        };
    });

    public async ValueTask<JobRecord?> TallyAsync(JobNumber number, long nowMs)
    {
        // Mostly there is nothing new, and nothing to be written.
        (JobRow? before, JobRow after) = await Answer((number, nowMs), static (connection, wish) =>
        {
            JobRow? found = JobRows.Read(connection, wish.number);
            return (found, found is JobRow row ? JobRows.Tally(connection, row, wish.nowMs) : default);
        });
        if (before is not JobRow kept || kept == after)
            return before?.Record;
        return await ChangeAsync(number, (connection, row) => JobRows.Tally(connection, row, nowMs));
    }

    public ValueTask<IReadOnlyList<Sequence>> ListWaitingAsync(JobNumber number, Sequence after, int max) =>
        Answer<IReadOnlyList<Sequence>, (JobNumber Number, Sequence After, int Max)>((number, after, max), static (connection, wish) =>
        {
            var waiting = new List<Sequence>();
            Statement select = connection.Prepare(SelectWaiting).Bind(1, wish.Number.Value).Bind(2, wish.After.Value).Bind(3, wish.Max);
            while (select.Step())
                waiting.Add(new Sequence(select.Int64(0)));
            return waiting;
        });

    public ValueTask<IReadOnlySet<DeviceId>> ListSentAsync(JobNumber number, Sequence after) =>
        Answer<IReadOnlySet<DeviceId>, (JobNumber Number, Sequence After)>((number, after), static (connection, wish) =>
        {
            var devices = new HashSet<DeviceId>();
            Statement select = connection.Prepare(SelectSent).Bind(1, wish.Number.Value).Bind(2, wish.After.Value);
            while (select.Step())
                devices.Add(DeviceId.Parse(select.Text(0)!));
            return devices;
        });

    public ValueTask<IReadOnlyList<JobRefusal>> ListRefusalsAsync(JobNumber number, DeviceId? after, int max) =>
        Answer<IReadOnlyList<JobRefusal>, (JobNumber Number, string After, int Max)>(
            (number, after?.Value ?? string.Empty, max),
            static (connection, wish) =>
            {
                var refusals = new List<JobRefusal>();
                Statement select = connection.Prepare(SelectRefusals).Bind(1, wish.Number.Value).Bind(2, wish.After).Bind(3, wish.Max);
                while (select.Step())
                    refusals.Add(new JobRefusal(DeviceId.Parse(select.Text(0)!), select.Text(1)!));
                return refusals;
            });

    // With a job that makes room, which one that is.
    private static (CreateJobStatus Status, JobNumber? Oldest) FindRoom(
        Connection connection, string creator, int maxJobs, int maxOfCreator)
    {
        long oldest;
        if (Number(connection.Prepare(CountOfCreator).Bind(1, creator)) >= maxOfCreator)
        {
            oldest = Number(connection.Prepare(SelectOldestOfCreator).Bind(1, creator));
            return oldest == 0 ? (CreateJobStatus.TooManyOfCreator, null) : (CreateJobStatus.Created, new JobNumber(oldest));
        }

        if (Number(connection.Prepare(CountJobs)) < maxJobs)
            return (CreateJobStatus.Created, null);
        oldest = Number(connection.Prepare(SelectOldestClosed));
        return oldest == 0 ? (CreateJobStatus.TooMany, null) : (CreateJobStatus.Created, new JobNumber(oldest));
    }

    private static void Drop(Connection connection, JobNumber job)
    {
        connection.Prepare(DeleteJob).Bind(1, job.Value).Run();
        connection.Prepare(DeleteContent).Bind(1, job.Value).Run();
        connection.Prepare(DeleteRefusals).Bind(1, job.Value).Run();
    }

    private static void KeepRefusals(Connection connection, JobAdvance advance)
    {
        if (advance.Refusals.Count == 0)
            return;
        long room = IJobStore.MaxRefusals - Number(connection.Prepare(CountRefusals).Bind(1, advance.Number.Value));
        foreach (JobRefusal refusal in advance.Refusals.Take((int)Math.Max(0, room)))
            connection.Prepare(PutRefusal).Bind(1, advance.Number.Value).Bind(2, refusal.Device.Value).Bind(3, refusal.Reason).Run();
    }

    private static long Number(Statement select)
    {
        long number = select.Step() ? select.Int64(0) : 0;
        select.Reset();
        return number;
    }

    private ValueTask<JobRecord?> ChangeAsync(JobNumber number, Func<Connection, JobRow, JobRow?> change) =>
        writer.Submit(new SimpleOperation<JobRecord?>(session =>
        {
            if (JobRows.Read(session.Connection, number) is not JobRow row || change(session.Connection, row) is not JobRow changed)
                return null;
            if (changed != row)
                JobRows.Write(session.Connection, changed);
            return changed.Record;
        }));

    private ValueTask<T> Answer<T, TState>(TState state, Func<Connection, TState, T> read)
    {
        try
        {
            return ValueTask.FromResult(readers.Read(state, read));
        }
        catch (StoreUnavailableException failure)
        {
            return ValueTask.FromException<T>(failure);
        }
    }
}
