using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IJobStore"/>.</summary>
public abstract class JobStoreConformance : StoreConformance
{
    private IJobStore Jobs => Store.Jobs;

    [Fact]
    public async Task A_created_job_is_found_as_it_was_created()
    {
        var terms = new JobTerms
        {
            StartAtMs = 5,
            RatePerSecond = 7,
            TtlMs = 9,
            ReplaceKey = "key",
            WantsOutcome = false,
            ShelveExpired = true,
            MaxFailed = 0,
            MaxFailedPercent = 11,
        };
        JobRecord? created = (await Jobs.CreateAsync(new NewJob("id = 'a'", new byte[] { 1, 2 }, terms, "owner", 3), 10, 10, Now)).Job;
        Assert.NotNull(created);
        Assert.Equal(
            ("id = 'a'", terms, "owner", 3L, Now, JobState.Scheduled),
            (created.Audience, created.Terms, created.Creator, created.Expected, created.CreatedAtMs, created.State));
        JobRecord usual = await CreateAsync();
        Assert.Equal((new JobTerms(), created.Number.Value + 1), (usual.Terms, usual.Number.Value));
        await CheckAsync();
        if (CanRestart)
        {
            await RestartAsync();
            await CheckAsync();
        }

        async Task CheckAsync()
        {
            Assert.Equal(created, await Jobs.FindAsync(created.Number));
            Assert.Equal([1, 2], (await Jobs.ReadContentAsync(created.Number))!);
            Assert.Equal([usual, created], await Jobs.ListAsync(null, 10));
            Assert.Equal([usual], await Jobs.ListAsync(null, 1));
            Assert.Equal([created], await Jobs.ListAsync(usual.Number, 10));
            Assert.Equal([created, usual], await Jobs.ListOpenAsync());
            Assert.Null(await Jobs.FindAsync(new JobNumber(usual.Number.Value + 1)));
            Assert.Null(await Jobs.ReadContentAsync(new JobNumber(usual.Number.Value + 1)));
        }
    }

    [Fact]
    public async Task A_job_moves_while_it_is_live_and_not_after()
    {
        JobRecord job = await CreateAsync();
        Now++;
        JobRecord? running = await Jobs.MoveAsync(job.Number, JobState.Running, null, Now);
        Assert.Equal(job with { State = JobState.Running, StartedAtMs = Now }, running);
        Now++;
        JobRecord? ended = await Jobs.MoveAsync(job.Number, JobState.Cancelled, "why", Now);
        Assert.Equal(running! with { State = JobState.Cancelled, Reason = "why", EndedAtMs = Now }, ended);
        Assert.Null(await Jobs.MoveAsync(job.Number, JobState.Aborted, "again", Now + 1));
        Assert.Equal(ended, await Jobs.FindAsync(job.Number));
        Assert.Null(await Jobs.MoveAsync(new JobNumber(99), JobState.Running, null, Now));
        Assert.Single(await Jobs.ListOpenAsync());
    }

    [Fact]
    public async Task To_advance_moves_the_cursor_and_adds_up()
    {
        JobRecord job = await CreateAsync();
        JobRefusal[] refusals = [new(DeviceId.Parse("b"), "full"), new(DeviceId.Parse("a"), "gone")];
        await Jobs.AdvanceAsync(new JobAdvance(job.Number, DeviceId.Parse("c"), new Sequence(9), 3, refusals, false));
        JobRecord? advanced = await Jobs.AdvanceAsync(new JobAdvance(job.Number, null, default, 0, [], true));
        Assert.Equal(
            job with
            {
                Cursor = DeviceId.Parse("c"),
                LastSequence = new Sequence(9),
                IsSent = true,
                Counts = new JobCounts { Sent = 3, Refused = 2 },
            },
            advanced);
        Assert.Equal([refusals[1], refusals[0]], await Jobs.ListRefusalsAsync(job.Number, null, 10));
        Assert.Equal([refusals[1]], await Jobs.ListRefusalsAsync(job.Number, null, 1));
        Assert.Equal([refusals[0]], await Jobs.ListRefusalsAsync(job.Number, DeviceId.Parse("a"), 10));
        Assert.Empty(await Jobs.ListRefusalsAsync(new JobNumber(99), null, 10));
        Assert.Null(await Jobs.AdvanceAsync(new JobAdvance(new JobNumber(99), null, default, 0, [], true)));
    }

    [Fact]
    public async Task The_first_refusals_are_kept()
    {
        JobRecord job = await CreateAsync();
        for (int page = 0; page < 3; page++)
        {
            JobRefusal[] refusals = [.. Enumerable.Range(0, 400).Select(i => new JobRefusal(DeviceId.Parse($"d{page}-{i:000}"), "full"))];
            await Jobs.AdvanceAsync(new JobAdvance(job.Number, null, default, 0, refusals, false));
        }

        IReadOnlyList<JobRefusal> kept = await Jobs.ListRefusalsAsync(job.Number, null, 2_000);
        Assert.Equal((IJobStore.MaxRefusals, "d2-199"), (kept.Count, kept[^1].Device.Value));
        Assert.Equal(1_200, (await Jobs.FindAsync(job.Number))!.Counts.Refused);
    }

    [Fact]
    public async Task Outcomes_are_counted_once_whether_they_are_told_or_not()
    {
        JobRecord job = await CreateAsync();
        JobRecord other = await CreateAsync();
        Sequence[] sent =
        [
            await SendAsync(job, "a"), await SendAsync(job, "b", MessageFlags.OutcomeNotWanted),
            await SendAsync(job, "c", MessageFlags.OutcomeNotWanted), await SendAsync(job, "d"), await SendAsync(other, "e"),
        ];
        await SendAsync(null, "f");
        await Jobs.MoveAsync(job.Number, JobState.Running, null, Now);
        await Jobs.AdvanceAsync(new JobAdvance(job.Number, DeviceId.Parse("d"), sent[3], 4, [], true));
        Assert.Equal(new JobCounts { Sent = 4 }, (await Jobs.TallyAsync(job.Number, Now))!.Counts);
        await EndAsync("a", SettleVerb.Accept);
        await EndAsync("b", SettleVerb.Reject);
        await EndAsync("e", SettleVerb.Reject);
        await EndAsync("f", SettleVerb.Reject);
        var counts = new JobCounts { Sent = 4, Accepted = 1, Rejected = 1 };
        Assert.Equal(counts, (await Jobs.TallyAsync(job.Number, Now))!.Counts);
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(counts, (await Jobs.TallyAsync(job.Number, Now))!.Counts);
        await Mailboxes.CancelAsync(sent[3], "no", Now);
        Assert.Equal([sent[2]], await Jobs.ListWaitingAsync(job.Number, default, 10));
        JobRecord? tallied = await Jobs.TallyAsync(job.Number, Now);
        Assert.Equal((counts with { Cancelled = 1 }, JobState.Running, false), (tallied!.Counts, tallied.State, tallied.IsClosed));
        await Registry.RemoveDeviceAsync(DeviceId.Parse("c"), null, Now);
        Now += 5;
        tallied = await Jobs.TallyAsync(job.Number, Now);
        Assert.Equal(
            (counts with { Cancelled = 1, DeviceRemoved = 1 }, JobState.Completed, true, Now),
            (tallied!.Counts, tallied.State, tallied.IsClosed, tallied.EndedAtMs));
        Assert.Equal(tallied, await Jobs.FindAsync(job.Number));
        Assert.Equal([other.Number], (await Jobs.ListOpenAsync()).Select(j => j.Number));
        Assert.Null(await Jobs.TallyAsync(new JobNumber(99), Now));
    }

    [Fact]
    public async Task A_job_that_has_ended_is_closed_when_no_mailbox_holds_a_command_of_it()
    {
        JobRecord job = await CreateAsync();
        Sequence sequence = await SendAsync(job, "a");
        await Jobs.MoveAsync(job.Number, JobState.Cancelled, "why", Now);
        Assert.False((await Jobs.TallyAsync(job.Number, Now))!.IsClosed);
        await Mailboxes.CancelAsync(sequence, "no", Now);
        JobRecord? closed = await Jobs.TallyAsync(job.Number, Now + 9);
        Assert.Equal((true, JobState.Cancelled, Now, 1), (closed!.IsClosed, closed.State, closed.EndedAtMs, closed.Counts.Cancelled));
        JobRecord scheduled = await CreateAsync();
        Assert.False((await Jobs.TallyAsync(scheduled.Number, Now))!.IsClosed);
    }

    [Fact]
    public async Task Outcomes_that_are_no_longer_kept_keep_no_job_open()
    {
        JobRecord job = await CreateAsync();
        await SendAsync(job, "a");
        await Jobs.MoveAsync(job.Number, JobState.Running, null, Now);
        await Jobs.AdvanceAsync(new JobAdvance(job.Number, null, default, 1, [], true));
        await EndAsync("a", SettleVerb.Accept);
        Now += Limits.OutcomeRetentionMs + 1;
        await SweepAsync();
        JobRecord? closed = await Jobs.TallyAsync(job.Number, Now);
        Assert.Equal((JobState.Completed, true, 1), (closed!.State, closed.IsClosed, closed.Counts.Open));
    }

    [Fact]
    public async Task What_was_sent_after_a_command_is_known_by_device()
    {
        JobRecord job = await CreateAsync();
        Sequence first = await SendAsync(job, "a");
        await SendAsync(job, "b");
        await SendAsync(await CreateAsync(), "c");
        await SendAsync(job, "d");
        await EndAsync("d", SettleVerb.Accept);
        Assert.Equal(["a", "b", "d"], Names(await Jobs.ListSentAsync(job.Number, default)));
        Assert.Equal(["b", "d"], Names(await Jobs.ListSentAsync(job.Number, first)));

        static string[] Names(IReadOnlySet<DeviceId> devices) => [.. devices.Select(d => d.Value).Order()];
    }

    [Fact]
    public async Task The_oldest_closed_job_makes_room()
    {
        JobRecord[] jobs = [await CreateAsync(), await CreateAsync(), await CreateAsync()];
        Assert.Equal(CreateJobStatus.TooMany, await Jobs.FindRoomAsync("owner", 3, 10));
        Assert.Equal(CreateJobStatus.Created, await Jobs.FindRoomAsync("owner", 4, 10));
        Assert.Equal(new CreateJobResult(CreateJobStatus.TooMany, null), await Jobs.CreateAsync(New(), 3, 10, Now));
        await CloseAsync(jobs[2]);
        await CloseAsync(jobs[1]);
        Assert.Equal(CreateJobStatus.Created, await Jobs.FindRoomAsync("owner", 3, 10));
        Assert.Equal(3, (await Jobs.ListAsync(null, 10)).Count); // It only looks.
        JobRecord? fresh = (await Jobs.CreateAsync(New(), 3, 10, Now)).Job;
        Assert.NotNull(fresh);
        Assert.True(fresh.Number.Value > jobs[2].Number.Value);
        Assert.Equal([fresh.Number, jobs[2].Number, jobs[0].Number], (await Jobs.ListAsync(null, 10)).Select(j => j.Number));
        Assert.Null(await Jobs.ReadContentAsync(jobs[1].Number));
        Assert.Empty(await Jobs.ListRefusalsAsync(jobs[1].Number, null, 10));
    }

    [Fact]
    public async Task A_creator_has_its_share_and_its_own_oldest_closed_job_makes_room()
    {
        JobRecord theirs = (await Jobs.CreateAsync(New("other"), 10, 2, Now)).Job!;
        JobRecord first = (await Jobs.CreateAsync(New(), 10, 2, Now)).Job!;
        JobRecord second = (await Jobs.CreateAsync(New(), 10, 2, Now)).Job!;
        await CloseAsync(theirs);
        Assert.Equal(CreateJobStatus.TooManyOfCreator, await Jobs.FindRoomAsync("owner", 10, 2));
        Assert.Equal(CreateJobStatus.Created, await Jobs.FindRoomAsync("other", 10, 2));
        Assert.Equal(new CreateJobResult(CreateJobStatus.TooManyOfCreator, null), await Jobs.CreateAsync(New(), 10, 2, Now));
        await CloseAsync(second);
        Assert.Equal(CreateJobStatus.Created, await Jobs.FindRoomAsync("owner", 10, 2));
        if (CanRestart)
            await RestartAsync();
        JobRecord third = (await Jobs.CreateAsync(New(), 10, 2, Now)).Job!;
        Assert.Equal([third.Number, first.Number, theirs.Number], (await Jobs.ListAsync(null, 10)).Select(j => j.Number));
        Assert.Equal(CreateJobStatus.TooManyOfCreator, (await Jobs.CreateAsync(New(), 10, 2, Now)).Status);
        Assert.Equal(CreateJobStatus.Created, (await Jobs.CreateAsync(New("other"), 10, 2, Now)).Status);
        Assert.Equal(CreateJobStatus.Created, (await Jobs.CreateAsync(New("third"), 4, 2, Now)).Status);
        Assert.Null(await Jobs.FindAsync(theirs.Number));
        Assert.Equal(CreateJobStatus.TooMany, (await Jobs.CreateAsync(New("third"), 4, 2, Now)).Status);
    }

    private static NewJob New(string creator = "owner") => new("id = 'a'", new byte[] { 1 }, new JobTerms(), creator, 0);

    private async Task CloseAsync(JobRecord job)
    {
        await Jobs.AdvanceAsync(new JobAdvance(job.Number, null, default, 0, [new(DeviceId.Parse("a"), "full")], false));
        await Jobs.MoveAsync(job.Number, JobState.Cancelled, null, Now);
        Assert.True((await Jobs.TallyAsync(job.Number, Now))!.IsClosed);
    }

    private async Task<JobRecord> CreateAsync()
    {
        JobRecord? job = (await Jobs.CreateAsync(New(), 100, 100, Now)).Job;
        Assert.NotNull(job);
        return job;
    }

    private async Task<Sequence> SendAsync(JobRecord? job, string device, MessageFlags flags = MessageFlags.None)
    {
        await DeviceAsync(device);
        EnqueueItem item = Item(device) with { Job = job?.Number.Value ?? 0, Flags = flags };
        return Assert.Single(await Mailboxes.EnqueueAsync(new[] { item }, Now)).Sequence;
    }

    private async Task EndAsync(string id, SettleVerb verb)
    {
        DeviceRecord device = (await Registry.FindDeviceAsync(DeviceId.Parse(id)))!;
        SessionEpoch epoch = await OpenAsync(device);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch));
        await SettleAsync(device, epoch, message.Lease, verb);
    }
}
