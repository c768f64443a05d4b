using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Reports;

public sealed class ReportHubTests : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TestGateway _test = new(
        new GatewayLimits { MaxReportsPerCommand = 3, MaxMessageBytes = 1_024, ReportDeadlineMs = 60_000 });

    private ReportHub Reports => _test.Gateway.Reports;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_reports_and_a_service_reads_from_a_number()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence command = await _test.SendAsync("d", "a");
        Assert.Equal(new StoredReport(1, false), Ok(await Reports.ReportAsync(device, command, Content("one"), false)));
        Assert.Equal(new StoredReport(2, false), Ok(await Reports.ReportAsync(device, command, Content("two"), true, 2)));
        Assert.Equal(new StoredReport(2, true), Ok(await Reports.ReportAsync(device, command, Content("two"), true, 2)));
        Assert.Equal(["two"], Ok(await Reports.ReadAsync(command, 2, 10)).Select(r => Text(r.Content)));
        Assert.Empty(Ok(await Reports.ReadAsync(command, 3, 10)));
        Refused(RefusalKind.NotFound, await Reports.ReadAsync(new Sequence(99), 1, 10));
        Refused(RefusalKind.Malformed, await Reports.ReadAsync(command, 0, 10));
        Refused(RefusalKind.Malformed, await Reports.ReadAsync(command, 1, 1_001));
    }

    [Fact]
    public async Task What_is_no_report_is_refused_with_its_reason()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        DevicePrincipal other = await _test.DeviceAsync("other");
        Sequence command = await _test.SendAsync("d", "a");
        Refused(RefusalKind.NotFound, await Reports.ReportAsync(other, command, Content("x"), true));
        Refused(RefusalKind.TooLarge, await Reports.ReportAsync(device, command, new byte[1_025], true));
        Refused(RefusalKind.Malformed, await Reports.ReportAsync(device, command, Content("x"), true, -1));
        Refused(RefusalKind.Conflict, await Reports.ReportAsync(device, command, Content("x"), true, 2));
        for (int i = 0; i < 3; i++)
            Ok(await Reports.ReportAsync(device, command, Content("x"), false));
        Refused(RefusalKind.LimitReached, await Reports.ReportAsync(device, command, Content("x"), true));
        Sequence second = await _test.SendAsync("d", "b");
        Ok(await Reports.ReportAsync(device, second, Content("x"), true));
        Refused(RefusalKind.Conflict, await Reports.ReportAsync(device, second, Content("x"), true));
        Sequence third = await _test.SendAsync("d", "c");
        await EndAsync(device, SettleVerb.Accept, 3);
        _test.Time.Advance(60_000);
        Refused(RefusalKind.Expired, await Reports.ReportAsync(device, third, Content("x"), true));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Reports.ReportAsync(device, third, Content("x"), true));
    }

    [Fact]
    public async Task A_device_fills_no_disk_with_reports_and_others_are_not_touched()
    {
        await using var test = new TestGateway(new GatewayLimits { MaxReportBytesPerDevice = 2_048, MaxMessageBytes = 1_024 });
        DevicePrincipal device = await test.DeviceAsync("d");
        DevicePrincipal other = await test.DeviceAsync("other");
        Sequence command = await test.SendAsync("d", "a");
        Sequence second = await test.SendAsync("d", "b");
        Ok(await test.Gateway.Reports.ReportAsync(device, command, new byte[1_024], false));
        Result<StoredReport> beyond = await test.Gateway.Reports.ReportAsync(device, second, new byte[1_024], true);
        Refused(RefusalKind.LimitReached, beyond);
        Assert.Contains("2048 bytes", beyond.Refusal!.Message, StringComparison.Ordinal);
        Ok(await test.Gateway.Reports.ReportAsync(device, second, new byte[512], true));
        Ok(await test.Gateway.Reports.ReportAsync(other, await test.SendAsync("other", "c"), new byte[1_024], true));
    }

    [Fact]
    public async Task Who_waits_is_told_of_the_final_report_of_its_own_command_only()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence first = await _test.SendAsync("d", "a");
        Sequence second = await _test.SendAsync("d", "b");
        Task<Result<FinalReport>> waiting = Reports.WaitFinalAsync(first, s_patience, default).AsTask();
        Ok(await Reports.ReportAsync(device, first, Content("half"), false));
        Ok(await Reports.ReportAsync(device, second, Content("other"), true));
        Assert.False(waiting.IsCompleted);
        Ok(await Reports.ReportAsync(device, first, Content("done"), true));
        FinalReport final = Ok(await waiting.WaitAsync(s_patience));
        Assert.Equal(("done", 2, null), (Text(final.Report!.Content), final.Report.Number, final.Outcome));
        Assert.Equal(final.Report with { Content = default }, Ok(await Reports.ReadAsync(first, 2, 1))[0] with { Content = default });
        Assert.Equal("other", Text(Ok(await Reports.WaitFinalAsync(second, TimeSpan.Zero, default)).Report!.Content));
        Assert.Equal(0, Reports.Waiting);
    }

    [Fact]
    public async Task An_accepted_command_is_waited_for_and_one_that_ended_otherwise_is_not()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence first = await _test.SendAsync("d", "a");
        Sequence second = await _test.SendAsync("d", "b");
        Task<Result<FinalReport>> accepted = Reports.WaitFinalAsync(first, s_patience, default).AsTask();
        Task<Result<FinalReport>> rejected = Reports.WaitFinalAsync(second, s_patience, default).AsTask();
        await EndAsync(device, SettleVerb.Accept, 1);
        await EndAsync(device, SettleVerb.Reject, 1);
        FinalReport none = Ok(await rejected.WaitAsync(s_patience));
        Assert.Equal((null, Outcome.Rejected), (none.Report, none.Outcome!.Outcome));
        Assert.False(accepted.IsCompleted);
        Ok(await Reports.ReportAsync(device, first, Content("done"), true));
        FinalReport final = Ok(await accepted.WaitAsync(s_patience));
        Assert.Equal(("done", Outcome.Accepted), (Text(final.Report!.Content), final.Outcome!.Outcome));
    }

    [Fact]
    public async Task A_wait_ends_with_its_patience_or_the_time_for_reports()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence command = await _test.SendAsync("d", "a");
        Task<Result<FinalReport>> waiting = Reports.WaitFinalAsync(command, s_patience, default).AsTask();
        await _test.Time.TimersMadeAsync(1);
        _test.Time.Advance(30_000);
        FinalReport none = Ok(await waiting.WaitAsync(s_patience));
        Assert.Equal((null, null), (none.Report, none.Outcome));
        await EndAsync(device, SettleVerb.Accept, 1);
        Task<Result<FinalReport>> patient = Reports.WaitFinalAsync(command, TimeSpan.FromHours(10), default).AsTask();
        await _test.Time.TimersMadeAsync(2);
        _test.Time.Advance(60_000);
        Assert.Equal(Outcome.Accepted, Ok(await patient.WaitAsync(s_patience)).Outcome!.Outcome);
        Refused(RefusalKind.NotFound, await Reports.WaitFinalAsync(new Sequence(99), s_patience, default));
        Assert.Equal(0, Reports.Waiting);
    }

    [Fact]
    public async Task Followers_of_a_command_are_woken_by_its_reports_alone()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence first = await _test.SendAsync("d", "a");
        Sequence second = await _test.SendAsync("d", "b");
        var follower = new TestReceiver();
        SignalHold hold = Reports.Follow(first);
        hold.Signal.Add(follower);
        Ok(await Reports.ReportAsync(device, second, Content("x"), false));
        Assert.Equal(0, follower.Wakes);
        Ok(await Reports.ReportAsync(device, first, Content("x"), false));
        Assert.Equal(1, follower.Wakes);
        hold.Signal.Remove(follower);
        hold.Dispose();
        hold.Dispose();
        Assert.Equal(0, Reports.Followed);
    }

    [Fact]
    public async Task Receivers_of_a_reader_compete_and_its_place_is_kept_until_its_policy_is_removed()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence command = await _test.SendAsync("d", "a");
        Ok(await Reports.ReportAsync(device, command, Content("one"), false));
        Ok(await Reports.ReportAsync(device, command, Content("two"), true));
        string name = ReportHub.ReaderOf("backend");
        FeedReader<ReportRecord> reader = Reports.Reader(name);
        TakenItem<ReportRecord> taken = Assert.Single(Ok(await reader.TakeAsync(1)));
        Assert.Equal(2, Assert.Single(Ok(await reader.TakeAsync(10))).Item.Number);
        Assert.True(Ok(await reader.AcceptAsync(taken)));
        Assert.Equal(1, await _test.Memory.Mailboxes.GetCursorAsync(name));
        _test.Time.Advance(_test.Gateway.Limits.LeaseDurationMs);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(2, Assert.Single(Ok(await reader.TakeAsync(10))).Item.Number);
        Ok(await _test.Gateway.Policies.CreateAsync("backend", Rights.Send));
        Ok(await _test.Gateway.Policies.RemoveAsync("backend"));
        Assert.Equal(0, await _test.Memory.Mailboxes.GetCursorAsync(name));
    }

    private async Task EndAsync(DevicePrincipal device, SettleVerb verb, int count)
    {
        (MailboxSession session, _) = await _test.AttachAsync(device);
        foreach (LeasedMessage message in Ok(await session.LeaseAsync(count, int.MaxValue)))
            Ok(await session.SettleAsync(message.Lease, verb));
    }
}
