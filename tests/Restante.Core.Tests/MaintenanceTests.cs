using Microsoft.Extensions.Logging;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Jobs;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests;

public sealed class MaintenanceTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits { SweepPeriodMs = 500 });

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task It_sweeps_in_its_period_until_it_is_cancelled()
    {
        await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a", 1_000);
        using var cancellation = new CancellationTokenSource();
        var swept = new SemaphoreSlim(0);
        _test.Hooks.After = verb =>
        {
            if (verb == "sweep")
                swept.Release();
            return Task.CompletedTask;
        };
        Task running = _test.Gateway.Maintenance.RunAsync(cancellation.Token);
        Task<Result<OutcomeRecord>> outcome = _test.Gateway.Outcomes.WaitAsync(sequence, TimeSpan.FromHours(1), default).AsTask();
        for (int i = 0; i < 2; i++)
        {
            Assert.False(outcome.IsCompleted);
            _test.Time.Advance(500);
            Assert.True(await swept.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        Assert.Equal(Outcome.Expired, Ok(await outcome.WaitAsync(TimeSpan.FromSeconds(30))).Outcome);
        await cancellation.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_round_that_somebody_cancels_from_within_is_followed_by_the_next()
    {
        using var cancellation = new CancellationTokenSource();
        var swept = new SemaphoreSlim(0);
        _test.Hooks.Before = verb =>
        {
            if (verb == "sweep")
                swept.Release();
            return verb == "sweep" ? Task.FromCanceled(new CancellationToken(canceled: true)) : Task.CompletedTask;
        };
        Task running = _test.Gateway.Maintenance.RunAsync(cancellation.Token);
        for (int i = 0; i < 2; i++)
        {
            _test.Time.Advance(500);
            Assert.True(await swept.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        await cancellation.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_round_of_jobs_that_somebody_cancels_from_within_is_followed_by_the_next()
    {
        await _test.DeviceAsync("truck");
        Ok(await _test.Gateway.Jobs.CreateAsync(_test.Service, "id = 'truck'", Content("x"), new JobTerms()));
        using var cancellation = new CancellationTokenSource();
        var sending = new SemaphoreSlim(0);
        _test.Hooks.Before = verb =>
        {
            if (verb == "enqueue")
                sending.Release();
            return verb == "enqueue" ? Task.FromCanceled(new CancellationToken(canceled: true)) : Task.CompletedTask;
        };
        Task running = _test.Gateway.Maintenance.RunAsync(cancellation.Token);
        for (int i = 0; i < 2; i++)
        {
            _test.Time.Advance(1_000);
            Assert.True(await sending.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        await cancellation.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_sweep_goes_on_while_there_is_more_and_ends_everything_that_is_due()
    {
        await using var test = new TestGateway(null, new MailboxLimits { MaxDepth = 10_000 });
        await test.DeviceAsync("d");
        for (int i = 0; i < 4_500; i++)
            await test.SendAsync("d", "a", 1_000);
        int sweeps = 0;
        test.Hooks.Before = verb =>
        {
            sweeps += verb == "sweep" ? 1 : 0;
            return Task.CompletedTask;
        };
        test.Time.Advance(1_000);
        await test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(0, test.Gateway.Mailboxes.Totals.Messages);
        Assert.InRange(sweeps, 2, 5);
    }

    [Fact]
    public async Task A_store_that_fails_or_a_fault_does_not_end_it()
    {
        var log = new CountingLogs();
        using var gateway = new Gateway(_test.Store, _test.Gateway.Limits, _test.Time, log);
        using var cancellation = new CancellationTokenSource();
        int round = 0;
        var swept = new SemaphoreSlim(0);
        _test.Hooks.Before = verb =>
        {
            if (verb != "sweep")
                return Task.CompletedTask;
            swept.Release();
            return ++round switch
            {
                1 => throw new StoreUnavailableException("full"),
                2 => throw new InvalidOperationException("a fault"),
                _ => Task.CompletedTask,
            };
        };
        Task running = gateway.Maintenance.RunAsync(cancellation.Token);
        for (int i = 0; i < 3; i++)
        {
            _test.Time.Advance(500);
            Assert.True(await swept.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        Assert.False(running.IsCompleted);
        await cancellation.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([(1000, LogLevel.Warning), (1001, LogLevel.Error)], log.Seen);
    }

    [Fact]
    public async Task What_mailboxes_cannot_do_now_does_not_keep_retention_and_other_sweeps_waiting()
    {
        var log = new CountingLogs();
        using var gateway = new Gateway(_test.Store, _test.Gateway.Limits, _test.Time, log);
        DevicePrincipal device = await _test.DeviceAsync("d");
        Ok(await gateway.Telemetry.PublishAsync(device, null, Content("a")));
        _test.Time.Advance(new StreamLimits().RetentionMs + 1);
        int swept = 0;
        _test.Store.NotificationHooks.BeforeSweep = () => swept++;
        _test.Hooks.Before = verb => verb == "sweep" ? throw new StoreUnavailableException("full") : Task.CompletedTask;
        await gateway.Maintenance.RunOnceAsync();
        IEnumerable<StreamInfo> infos =
            Enumerable.Range(0, _test.Streams.Partitions).Select(p => _test.Streams.GetInfo(StreamId.Telemetry(p)));
        Assert.Equal(0, infos.Sum(i => i.NextSequenceNumber - i.FirstSequenceNumber));
        Assert.Equal(1, swept);
        Assert.Equal([(1000, LogLevel.Warning)], log.Seen);

        _test.Hooks.Before = null;
        _test.Streams.Unavailable = true;
        await _test.SendAsync("d", "b", 1);
        _test.Time.Advance(10_000);
        await gateway.Maintenance.RunOnceAsync();
        Assert.Equal(0, gateway.Mailboxes.Totals.Messages);
        Assert.Equal([(1000, LogLevel.Warning), (1000, LogLevel.Warning)], log.Seen);
    }

    [Fact]
    public async Task When_it_is_cancelled_the_audit_log_is_closed_whatever_fails_before()
    {
        _test.Store.Checkpoints = new FailingCheckpoints(_test.Memory.Checkpoints);
        var log = new CountingLogs();
        using var gateway = new Gateway(_test.Store, _test.Gateway.Limits, _test.Time, log);
        Ok(await gateway.Telemetry.PublishAsync(await _test.DeviceAsync("d"), null, Content("a")));
        GroupMembership reader = Ok(await gateway.Groups.JoinAsync(_test.Service, "g", "r", StreamStart.Earliest));
        Assert.True(reader.Accept(Assert.Single(Ok(await reader.ReadAsync(1, int.MaxValue)))));
        var refused = new AuditEntry { Act = "sendCommand", By = AuditActor.Unknown(default), Refusal = RefusalKind.Forbidden };
        gateway.Audit.Refused(refused);
        gateway.Audit.Refused(refused); // Counted, and told at the end.
        using var cancellation = new CancellationTokenSource();
        Task running = gateway.Maintenance.RunAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, Ok(await gateway.Audit.ReadAsync(0, 10)).Records.Count);
        Assert.Equal([(1001, LogLevel.Error)], log.Seen);
    }

    /// <summary>Takes no checkpoint, by a fault of its own.</summary>
    private sealed class FailingCheckpoints(ICheckpointStore inner) : ICheckpointStore
    {
        public ValueTask<IReadOnlyList<string>> ListGroupsAsync() => inner.ListGroupsAsync();

        public ValueTask<IReadOnlyList<Checkpoint>> ReadAsync(string group) => inner.ReadAsync(group);

        public ValueTask BeginAsync(ReadOnlyMemory<Checkpoint> checkpoints, string policy) => inner.BeginAsync(checkpoints, policy);

        public ValueTask<int> CountBegunAsync(string policy) => inner.CountBegunAsync(policy);

        public ValueTask WriteAsync(ReadOnlyMemory<Checkpoint> checkpoints) => throw new InvalidOperationException("a fault");

        public ValueTask<bool> RemoveAsync(string group) => inner.RemoveAsync(group);
    }
}
