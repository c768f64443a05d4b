using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Jobs;

/// <summary>What one policy may take of the places of jobs, and what is left for others.</summary>
public sealed class JobShareTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(
        new GatewayLimits { MaxJobs = 4, JobSharePercent = 50, MaxRunningJobs = 4, RunningJobSharePercent = 25 });

    private readonly ServicePrincipal _other = new("other", Rights.Send, CredentialSlot.Primary, long.MaxValue);

    private BulkJobs Jobs => _test.Gateway.Jobs;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_policy_that_fills_its_share_with_jobs_to_come_leaves_room_for_others()
    {
        var later = new JobTerms { StartAtMs = _test.NowMs + (20L * 24 * 3600 * 1000) };
        JobRecord first = Ok(await CreateAsync(_test.Service, later));
        Ok(await CreateAsync(_test.Service, later));
        Result<JobRecord> beyond = await CreateAsync(_test.Service, later);
        Refused(RefusalKind.Throttled, beyond);
        Assert.Contains("its share", beyond.Refusal!.Message, StringComparison.Ordinal);
        Ok(await CreateAsync(_other, later));
        Ok(await CreateAsync(_other, later));
        var third = new ServicePrincipal("third", Rights.Admin, CredentialSlot.Primary, long.MaxValue);
        Assert.Contains("the limit", (await CreateAsync(third, later)).Refusal!.Message, StringComparison.Ordinal);

        Ok(await Jobs.CancelAsync(first.Number, "its creator"));
        await Jobs.RunOnceAsync();
        Ok(await CreateAsync(_test.Service, later));
        Refused(RefusalKind.NotFound, await Jobs.FindAsync(first.Number));
    }

    [Fact]
    public async Task A_policy_whose_jobs_send_slowly_holds_up_its_own_and_no_others()
    {
        await _test.DeviceAsync("a");
        await _test.DeviceAsync("b");
        var slow = new JobTerms { RatePerSecond = 1 };
        JobRecord first = Ok(await CreateAsync(_test.Service, slow));
        JobRecord second = Ok(await CreateAsync(_test.Service, slow));
        JobRecord theirs = Ok(await CreateAsync(_other, slow));
        await Jobs.RunOnceAsync();
        Assert.Equal([JobState.Running, JobState.Scheduled, JobState.Running], await StatesAsync());
        await Jobs.RunOnceAsync();
        Assert.Equal([JobState.Running, JobState.Scheduled, JobState.Running], await StatesAsync());
        for (int i = 0; i < 3; i++)
        {
            _test.Time.Advance(1_000);
            await Jobs.RunOnceAsync();
        }

        Assert.True(Ok(await Jobs.FindAsync(first.Number)).IsSent);
        Assert.Equal(JobState.Running, Ok(await Jobs.FindAsync(second.Number)).State);

        async Task<JobState[]> StatesAsync() =>
        [
            Ok(await Jobs.FindAsync(first.Number)).State,
            Ok(await Jobs.FindAsync(second.Number)).State,
            Ok(await Jobs.FindAsync(theirs.Number)).State,
        ];
    }

    [Fact]
    public async Task A_job_that_hardly_finds_a_device_looks_at_so_many_in_a_round_and_goes_on_from_there_in_the_next_one()
    {
        const int PerRound = 10_000;
        for (int i = 0; i <= PerRound; i++)
        {
            await _test.Memory.Registry.CreateDeviceAsync(
                new NewDevice(DeviceId.Parse($"d-{i:00000}"), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate()), _test.NowMs);
        }

        JobRecord rare = Ok(await CreateAsync(_test.Service, new JobTerms { RatePerSecond = 5 }, "id in ('d-00007', 'd-10000')"));
        JobRecord none = Ok(await CreateAsync(_other, new JobTerms { RatePerSecond = 5 }, "id = 'nobody'"));
        await Jobs.RunOnceAsync();
        Assert.Equal((false, 1, "d-00007"), await ShownAsync(rare)); // One at first, as its rate has it.
        Assert.Equal((false, 0, "d-09999"), await ShownAsync(none));
        using Gateway again = _test.Reopen();
        for (int i = 0; i < 3; i++)
        {
            _test.Time.Advance(1_000);
            await again.Jobs.RunOnceAsync();
        }

        Assert.Equal((true, 2, "d-10000"), await ShownAsync(rare));
        Assert.Equal((true, 0, "d-09999"), await ShownAsync(none));

        async Task<(bool IsSent, long Sent, string Cursor)> ShownAsync(JobRecord job)
        {
            JobRecord now = (await _test.Memory.Jobs.FindAsync(job.Number))!;
            return (now.IsSent, now.Counts.Sent, now.Cursor!.Value.Value);
        }
    }

    private async Task<Result<JobRecord>> CreateAsync(ServicePrincipal creator, JobTerms terms, string audience = "id like '%'") =>
        await Jobs.CreateAsync(creator, audience, Content("work"), terms);
}
