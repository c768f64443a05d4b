using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Jobs;

public sealed class BulkJobsTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(
        new GatewayLimits { MaxJobs = 3, JobSharePercent = 100, MaxRunningJobs = 1, MaxMessageBytes = 1_024 },
        new MailboxLimits { MaxDepth = 2, RedeliveryDelayMs = 0 });

    private BulkJobs Jobs => _test.Gateway.Jobs;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Every_device_of_the_audience_gets_the_command_once_and_the_job_counts_how_it_ended()
    {
        DevicePrincipal[] devices = await DevicesAsync("a-1", "a-2", "a-3", "b-1");
        JobRecord job = await CreateAsync("id like 'a-%'", new JobTerms { RatePerSecond = 5_000 });
        Assert.Equal((3, JobState.Scheduled, "backend"), (job.Expected, job.State, job.Creator));
        await RoundsAsync(2);
        job = Ok(await Jobs.FindAsync(job.Number));
        Assert.Equal((JobState.Running, true, new JobCounts { Sent = 3 }), (job.State, job.IsSent, job.Counts));
        Assert.Empty(await MailAsync(devices[3]));
        await SettleAsync(devices[0], SettleVerb.Accept);
        await SettleAsync(devices[1], SettleVerb.Reject);
        Assert.Equal((1, 1, 1), Shown(Ok(await Jobs.FindAsync(job.Number)).Counts));
        Ok(await _test.Gateway.Devices.RemoveAsync("a-3"));
        await RoundsAsync(1);
        job = Ok(await Jobs.FindAsync(job.Number));
        Assert.Equal((JobState.Completed, true, 1, 0), (job.State, job.IsClosed, job.Counts.DeviceRemoved, job.Counts.Open));

        static (long, long, long) Shown(JobCounts counts) => (counts.Accepted, counts.Rejected, counts.Open);
    }

    [Fact]
    public async Task The_commands_bear_the_terms_of_the_job()
    {
        DevicePrincipal device = (await DevicesAsync("a"))[0];
        Ok(await _test.Gateway.Mailboxes.SendCommandAsync(_test.Service, "a", Content("older"), new CommandTerms { ReplaceKey = "k" }));
        JobRecord job = await CreateAsync("id = 'a'", new JobTerms { TtlMs = 60_000, ReplaceKey = "k", ShelveExpired = true, WantsOutcome = false });
        long sentAt = _test.NowMs;
        await RoundsAsync(1);
        BrowsedMessage message = Assert.Single(await MailAsync(device));
        Assert.Equal(
            ($"job-{job.Number}/a", "backend", job.Number.Value, sentAt + 60_000, "k"),
            (message.MessageId, message.Sender, message.Job, message.ExpiresAtMs, message.ReplaceKey));
        _test.Time.Advance(60_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        await RoundsAsync(1);
        job = Ok(await Jobs.FindAsync(job.Number));
        Assert.Equal((JobState.Completed, 1), (job.State, job.Counts.Expired));
    }

    [Fact]
    public async Task A_job_begins_at_its_time_and_sends_at_its_rate()
    {
        DevicePrincipal[] devices = await DevicesAsync([.. Enumerable.Range(0, 30).Select(i => $"d-{i:00}")]);
        JobRecord job = await CreateAsync("id like 'd-%'", new JobTerms { StartAtMs = _test.NowMs + 10_000, RatePerSecond = 4 });
        _test.Time.Advance(9_999);
        await Jobs.RunOnceAsync();
        Assert.Equal(JobState.Scheduled, Ok(await Jobs.FindAsync(job.Number)).State);
        Task changed = Jobs.Changed.NextPulse();
        _test.Time.Advance(1);
        var sent = new List<long>();
        for (int i = 0; i < 6; i++)
        {
            await Jobs.RunOnceAsync();
            sent.Add(Ok(await Jobs.FindAsync(job.Number)).Counts.Sent);
            _test.Time.Advance(500);
        }

        Assert.Equal([1, 3, 5, 7, 9, 11], sent);
        Assert.True(changed.IsCompleted);
        Assert.Equal("d-10", Ok(await Jobs.FindAsync(job.Number)).Cursor!.Value.Value);
        _test.Time.Advance(3_600_000);
        await Jobs.RunOnceAsync();
        Assert.Equal(15, Ok(await Jobs.FindAsync(job.Number)).Counts.Sent); // No more than a second's worth is made up for.
        Assert.Single(await MailAsync(devices[14]));
        Assert.Empty(await MailAsync(devices[15]));
    }

    [Fact]
    public async Task After_a_restart_a_job_goes_on_where_it_was()
    {
        await DevicesAsync([.. Enumerable.Range(0, 10).Select(i => $"d-{i}")]);
        JobRecord job = await CreateAsync("id like 'd-%'", new JobTerms { RatePerSecond = 2 });
        await RoundsAsync(3);
        Assert.Equal(5, Ok(await Jobs.FindAsync(job.Number)).Counts.Sent);
        using Gateway reopened = _test.Reopen();
        for (int i = 0; i < 10; i++)
        {
            await reopened.Jobs.RunOnceAsync();
            _test.Time.Advance(1_000);
        }

        job = Ok(await reopened.Jobs.FindAsync(job.Number));
        Assert.Equal((true, 10), (job.IsSent, job.Counts.Sent));
        await EachHasOneAsync(10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(86_400_000)]
    public async Task What_was_sent_but_not_counted_is_not_sent_again_however_long_the_gateway_was_down(long downMs)
    {
        DevicePrincipal[] devices = await DevicesAsync([.. Enumerable.Range(0, 6).Select(i => $"d-{i}")]);
        JobRecord job = await CreateAsync("id like 'd-%'", new JobTerms { RatePerSecond = 4, TtlMs = 200_000_000 });
        await RoundsAsync(1);
        _test.Time.Advance(1_000);
        _test.Hooks.After = verb =>
        {
            if (verb == "enqueue")
                _test.Memory.FailNext();
            return Task.CompletedTask;
        };
        await Jobs.RunOnceAsync();
        _test.Hooks.After = null;
        Assert.Equal(1, Ok(await Jobs.FindAsync(job.Number)).Counts.Sent);
        Assert.Single(await MailAsync(devices[4]));
        await SettleAsync(devices[2], SettleVerb.Accept);

        using Gateway reopened = _test.Reopen();
        _test.Time.Advance(downMs);
        for (int i = 0; i < 8; i++)
        {
            await reopened.Jobs.RunOnceAsync();
            _test.Time.Advance(1_000);
        }

        job = Ok(await reopened.Jobs.FindAsync(job.Number));
        Assert.Equal((true, 6, 1), (job.IsSent, job.Counts.Sent, job.Counts.Accepted));
        Assert.Empty(await MailAsync(devices[2]));
        foreach (DevicePrincipal device in devices.Where(d => d != devices[2]))
            Assert.Single(await MailAsync(device));
    }

    [Fact]
    public async Task A_second_crash_finds_what_the_first_one_left_although_a_new_device_came_between()
    {
        DevicePrincipal[] devices = await DevicesAsync([.. Enumerable.Range(1, 4).Select(i => $"d-{i}")]);
        JobRecord job = await CreateAsync("id like 'd-%'", new JobTerms { RatePerSecond = 4, TtlMs = 200_000_000 });
        await RoundsAsync(1);
        _test.Hooks.After = verb =>
        {
            if (verb == "enqueue")
                _test.Memory.FailNext();
            return Task.CompletedTask;
        };
        await Jobs.RunOnceAsync(); // The rest is sent, and nothing of it counted.
        _test.Hooks.After = null;
        DevicePrincipal between = (await DevicesAsync("d-1x"))[0];
        using Gateway second = _test.Reopen();
        _test.Time.Advance(86_400_000);
        await second.Jobs.RunOnceAsync(); // The new one, and no more: a job begins with one.
        Assert.Single(await MailAsync(between));
        using Gateway third = _test.Reopen();
        _test.Time.Advance(86_400_000);
        for (int i = 0; i < 5; i++)
        {
            await third.Jobs.RunOnceAsync();
            _test.Time.Advance(1_000);
        }

        job = Ok(await third.Jobs.FindAsync(job.Number));
        Assert.Equal((true, 5), (job.IsSent, job.Counts.Sent));
        await EachHasOneAsync(5);
        Assert.Equal(devices.Length + 1, job.Counts.Open);
    }

    [Fact]
    public async Task The_same_process_goes_on_after_the_store_was_away()
    {
        await DevicesAsync([.. Enumerable.Range(0, 6).Select(i => $"d-{i}")]);
        JobRecord job = await CreateAsync("id like 'd-%'", new JobTerms { RatePerSecond = 4 });
        _test.Hooks.After = verb =>
        {
            if (verb == "enqueue")
                _test.Memory.FailNext();
            return Task.CompletedTask;
        };
        await RoundsAsync(2);
        Assert.Equal(0, Ok(await Jobs.FindAsync(job.Number)).Counts.Sent);
        _test.Hooks.After = null;
        await RoundsAsync(4);
        Assert.Equal((true, 6), (Ok(await Jobs.FindAsync(job.Number)).IsSent, Ok(await Jobs.FindAsync(job.Number)).Counts.Sent));
        await EachHasOneAsync(6);
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Jobs.CreateAsync(_test.Service, "id = 'x'", Content("x"), new JobTerms()));
        Refused(RefusalKind.Unavailable, await Jobs.CancelAsync(job.Number, "x"));
        Ok(await Jobs.FindAsync(job.Number));
    }

    [Fact]
    public async Task Refusals_are_counted_and_kept_with_their_device()
    {
        await DevicesAsync("a", "b", "c");
        await _test.SendAsync("b", "1");
        await _test.SendAsync("b", "2");
        JobRecord job = await CreateAsync("id in ('a', 'b', 'c')", new JobTerms());
        await RoundsAsync(2);
        JobCounts counts = Ok(await Jobs.FindAsync(job.Number)).Counts;
        Assert.Equal((2, 1, 1, 1), (counts.Sent, counts.Refused, counts.Failed, counts.Ended));
        JobRefusal refusal = Assert.Single(Ok(await Jobs.ListRefusalsAsync(job.Number, null, 10)));
        Assert.Equal(("b", "The mailbox holds as many messages as it may."), (refusal.Device.Value, refusal.Reason));
    }

    [Fact]
    public async Task A_job_is_aborted_when_too_many_have_failed_and_takes_back_what_waits()
    {
        DevicePrincipal[] devices = await DevicesAsync([.. Enumerable.Range(0, 8).Select(i => $"d-{i}")]);
        JobRecord job = await CreateAsync("id like 'd-%'", new JobTerms { RatePerSecond = 4, MaxFailed = 1 });
        await RoundsAsync(2);
        await SettleAsync(devices[0], SettleVerb.Reject);
        await RoundsAsync(1);
        Assert.Equal(JobState.Running, Ok(await Jobs.FindAsync(job.Number)).State);
        await SettleAsync(devices[1], SettleVerb.Reject);
        (MailboxSession holder, _) = await _test.AttachAsync(devices[2]);
        LeasedMessage held = Assert.Single(Ok(await holder.LeaseAsync(1, int.MaxValue)));
        await Jobs.RunOnceAsync();
        job = Ok(await Jobs.FindAsync(job.Number));
        Assert.Equal((JobState.Aborted, "2 have failed; the job allows 1.", false), (job.State, job.Reason, job.IsClosed));
        long sent = job.Counts.Sent;
        await RoundsAsync(3);
        job = Ok(await Jobs.FindAsync(job.Number));
        Assert.Equal((sent, sent - 3, 1, false), (job.Counts.Sent, job.Counts.Cancelled, job.Counts.Open, job.IsClosed));
        Ok(await holder.SettleAsync(held.Lease, SettleVerb.Accept, null));
        await RoundsAsync(1);
        job = Ok(await Jobs.FindAsync(job.Number));
        Assert.Equal((true, 1, sent), (job.IsClosed, job.Counts.Accepted, job.Counts.Sent));
        foreach (DevicePrincipal device in devices)
            Assert.Empty(await MailAsync(device));
    }

    [Fact]
    public async Task A_share_of_failures_is_looked_at_when_enough_have_ended()
    {
        DevicePrincipal[] devices = await DevicesAsync([.. Enumerable.Range(0, 30).Select(i => $"d-{i:00}")]);
        JobRecord job = await CreateAsync("id like 'd-%'", new JobTerms { RatePerSecond = 5_000, MaxFailedPercent = 10 });
        await RoundsAsync(2);
        for (int i = 0; i < BulkJobs.ShareAfter - 1; i++)
            await SettleAsync(devices[i], i < 3 ? SettleVerb.Reject : SettleVerb.Accept);
        await RoundsAsync(1);
        Assert.Equal(JobState.Running, Ok(await Jobs.FindAsync(job.Number)).State);
        await SettleAsync(devices[BulkJobs.ShareAfter], SettleVerb.Accept);
        await RoundsAsync(1);
        job = Ok(await Jobs.FindAsync(job.Number));
        Assert.Equal((JobState.Aborted, "3 of 20 have failed; the job allows 10 percent."), (job.State, job.Reason));
        await RoundsAsync(2);
        Assert.True(Ok(await Jobs.FindAsync(job.Number)).IsClosed);
    }

    [Fact]
    public async Task A_cancelled_job_sends_no_more_and_takes_back_what_waits_also_after_a_restart()
    {
        DevicePrincipal[] devices = await DevicesAsync("a", "b", "c", "d");
        JobRecord job = await CreateAsync("id < 'e'", new JobTerms { RatePerSecond = 1 });
        await RoundsAsync(2);
        job = Ok(await Jobs.CancelAsync(job.Number, "the operator"));
        Assert.Equal((JobState.Cancelled, "Cancelled by the operator."), (job.State, job.Reason));
        Refused(RefusalKind.Conflict, await Jobs.CancelAsync(job.Number, "another"));
        using Gateway reopened = _test.Reopen();
        await reopened.Jobs.RunOnceAsync();
        job = Ok(await reopened.Jobs.FindAsync(job.Number));
        Assert.Equal((true, 2, 2), (job.IsClosed, job.Counts.Sent, job.Counts.Cancelled));
        foreach (DevicePrincipal device in devices)
            Assert.Empty(await MailAsync(device));
    }

    [Fact]
    public async Task One_job_sends_at_a_time_here_and_the_next_waits_for_it()
    {
        await DevicesAsync("a", "b");
        JobRecord first = await CreateAsync("id < 'c'", new JobTerms { RatePerSecond = 1 });
        JobRecord second = await CreateAsync("id < 'c'", new JobTerms { RatePerSecond = 1 });
        await RoundsAsync(1);
        Assert.Equal([JobState.Running, JobState.Scheduled], await StatesAsync());
        await RoundsAsync(2);
        Assert.True(Ok(await Jobs.FindAsync(first.Number)).IsSent);
        await RoundsAsync(1);
        Assert.Equal([JobState.Running, JobState.Running], await StatesAsync());

        async Task<JobState[]> StatesAsync() =>
            [Ok(await Jobs.FindAsync(first.Number)).State, Ok(await Jobs.FindAsync(second.Number)).State];
    }

    [Fact]
    public async Task A_job_that_is_refused_has_no_devices_looked_through_and_the_runner_looks_for_the_gateway()
    {
        await DevicesAsync("a");
        for (int i = 0; i < 3; i++)
            await CreateAsync("id = 'a'", new JobTerms { StartAtMs = _test.NowMs + 60_000 });
        Assert.Equal(["backend", "backend", "backend"], _test.Store.Lookers.Select(l => l.Policy));
        Refused(RefusalKind.Throttled, await Jobs.CreateAsync(_test.Service, "id = 'a'", Content("x"), new JobTerms()));
        Assert.Equal(3, _test.Store.Lookers.Count);
        _test.Time.Advance(60_000);
        await RoundsAsync(1);
        Assert.Equal(default, _test.Store.Lookers.Last());
    }

    [Fact]
    public async Task A_job_that_nobody_waits_for_is_counted_no_further_and_not_created()
    {
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Jobs.CreateAsync(_test.Service, "id = 'a'", Content("x"), new JobTerms(), over.Token));
        Assert.Empty(Ok(await Jobs.ListAsync(null, 10)));
    }

    [Fact]
    public async Task Jobs_are_bounded_and_the_oldest_that_has_ended_makes_room()
    {
        JobRecord first = await CreateAsync("id = 'nobody'", new JobTerms());
        Assert.Equal(0, first.Expected);
        await CreateAsync("id = 'nobody'", new JobTerms { StartAtMs = _test.NowMs + 60_000 });
        await CreateAsync("id = 'nobody'", new JobTerms { StartAtMs = _test.NowMs + 60_000 });
        Refused(RefusalKind.Throttled, await Jobs.CreateAsync(_test.Service, "id = 'nobody'", Content("x"), new JobTerms()));
        await RoundsAsync(1);
        Assert.Equal(JobState.Completed, Ok(await Jobs.FindAsync(first.Number)).State);
        JobRecord fourth = await CreateAsync("id = 'nobody'", new JobTerms());
        Refused(RefusalKind.NotFound, await Jobs.FindAsync(first.Number));
        Refused(RefusalKind.NotFound, await Jobs.CancelAsync(first.Number, "x"));
        Assert.Equal(fourth.Number, Ok(await Jobs.ListAsync(null, 1))[0].Number);
        Assert.Equal(3, Ok(await Jobs.ListAsync(null, 10)).Count);
    }

    [Fact]
    public async Task What_cannot_be_created_is_refused_by_kind()
    {
        Result<JobRecord> query = await Jobs.CreateAsync(_test.Service, "tags.city = ", Content("x"), new JobTerms());
        Refused(RefusalKind.Malformed, query);
        Assert.Contains("at character 13", query.Refusal!.Message, StringComparison.Ordinal);
        Refused(RefusalKind.TooLarge, await Jobs.CreateAsync(_test.Service, "id = 'a'", new byte[1_025], new JobTerms()));
        JobTerms[] wrong =
        [
            new() { RatePerSecond = 0 }, new() { RatePerSecond = 5_001 }, new() { StartAtMs = -1 }, new() { StartAtMs = long.MaxValue },
            new() { TtlMs = 0 }, new() { TtlMs = long.MaxValue }, new() { ReplaceKey = string.Empty }, new() { ReplaceKey = new string('k', 129) },
            new() { MaxFailed = -1 }, new() { MaxFailedPercent = -1 }, new() { MaxFailedPercent = 100 },
        ];
        foreach (JobTerms terms in wrong)
            Refused(RefusalKind.Malformed, await Jobs.CreateAsync(_test.Service, "id = 'a'", Content("x"), terms));
        Refused(RefusalKind.Malformed, await Jobs.ListAsync(null, 0));
        Refused(RefusalKind.Malformed, await Jobs.ListRefusalsAsync(new JobNumber(1), null, 1_001));
        Assert.Empty(Ok(await Jobs.ListAsync(null, 10)));
    }

    [Fact]
    public async Task The_loop_runs_beside_the_upkeep()
    {
        await DevicesAsync("a");
        JobRecord job = await CreateAsync("id = 'a'", new JobTerms());
        Task changed = Jobs.Changed.NextPulse();
        using var stop = new CancellationTokenSource();
        Task running = _test.Gateway.Maintenance.RunAsync(stop.Token);
        _test.Time.Advance(500);
        await changed.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1, Ok(await Jobs.FindAsync(job.Number)).Counts.Sent);
        await stop.CancelAsync();
        await running;
    }

    private async Task<DevicePrincipal[]> DevicesAsync(params string[] ids)
    {
        var devices = new List<DevicePrincipal>();
        foreach (string id in ids)
            devices.Add(await _test.DeviceAsync(id));
        return [.. devices];
    }

    private async Task<JobRecord> CreateAsync(string audience, JobTerms terms) =>
        Ok(await Jobs.CreateAsync(_test.Service, audience, Content("work"), terms));

    private async Task RoundsAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Jobs.RunOnceAsync();
            _test.Time.Advance(1_000);
        }
    }

    private async Task<IReadOnlyList<BrowsedMessage>> MailAsync(DevicePrincipal device) =>
        await _test.Memory.Mailboxes.BrowseAsync(device.Number, default, 100, _test.NowMs);

    private async Task EachHasOneAsync(int devices)
    {
        foreach (DeviceRecord device in await _test.Memory.Registry.ListDevicesAsync(null, 1_000))
        {
            Assert.Single(await _test.Memory.Mailboxes.BrowseAsync(device.Number, default, 100, _test.NowMs));
            devices--;
        }

        Assert.Equal(0, devices);
    }

    private async Task SettleAsync(DevicePrincipal device, SettleVerb verb)
    {
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Ok(await session.SettleAsync(message.Lease, verb, null));
        await session.CloseAsync();
    }
}
