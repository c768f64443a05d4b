using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Reports;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IReportStore"/>.</summary>
public abstract class ReportStoreConformance : StoreConformance
{
    private static readonly ReportRules s_rules = new(MaxReports: 4, MaxBytes: 1_024, DeadlineAfterEndMs: 1_000);

    private IReportStore Reports => Store.Reports;

    [Fact]
    public async Task Reports_are_numbered_by_the_gateway_and_read_from_a_number()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        Assert.Equal(new ReportResult(ReportStatus.Stored, 1, 1, long.MaxValue, 1), await ReportAsync(device, command, fill: 1));
        Now += 5;
        Assert.Equal(2, (await ReportAsync(device, command, fill: 2)).Number);
        Assert.Equal(3, (await ReportAsync(device, command, fill: 3, final: true)).Number);
        IReadOnlyList<ReportRecord> read = await Reports.ReadAsync(command, 2, 10, int.MaxValue);
        Assert.Equal([2, 3], read.Select(r => r.Number));
        Assert.Equal(
            (command, false, device.Id, Now, (byte)2),
            (read[0].Command, read[0].IsFinal, read[0].Device, read[0].AtMs, read[0].Content.Span[0]));
        Assert.True(read[1].IsFinal);
        Assert.Equal(3, (await Reports.FindFinalAsync(command))!.Number);
        Assert.Single(await Reports.ReadAsync(command, 1, 1, int.MaxValue));
        Assert.Equal(2, (await Reports.ReadAsync(command, 1, 10, 20)).Count);
        Assert.Single(await Reports.ReadAsync(command, 1, 10, 1));
        Assert.Empty(await Reports.ReadAsync(command, 4, 10, int.MaxValue));
    }

    [Fact]
    public async Task A_number_of_the_device_makes_a_report_repeatable()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        Assert.Equal(ReportStatus.Stored, (await ReportAsync(device, command, number: 1, fill: 1)).Status);
        ReportResult again = await ReportAsync(device, command, number: 1, fill: 2);
        Assert.Equal((ReportStatus.Duplicate, 1, 1, 0L), (again.Status, again.Number, again.Last, again.FeedNumber));
        ReportResult gap = await ReportAsync(device, command, number: 3);
        Assert.Equal((ReportStatus.Gap, 0, 1), (gap.Status, gap.Number, gap.Last));
        Assert.Equal(ReportStatus.Stored, (await ReportAsync(device, command, number: 2, final: true)).Status);
        Assert.Equal(ReportStatus.Duplicate, (await ReportAsync(device, command, number: 2, final: true)).Status);
        Assert.Equal((byte)1, Assert.Single(await Reports.ReadAsync(command, 1, 1, int.MaxValue)).Content.Span[0]);
    }

    [Fact]
    public async Task The_final_report_closes_the_stream()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        await ReportAsync(device, command);
        Assert.Null(await Reports.FindFinalAsync(command));
        await ReportAsync(device, command, final: true);
        ReportResult late = await ReportAsync(device, command);
        Assert.Equal((ReportStatus.AfterFinal, 0, 2), (late.Status, late.Number, late.Last));
        Assert.Equal(2, (await Reports.ReadAsync(command, 1, 10, int.MaxValue)).Count);
    }

    [Fact]
    public async Task A_device_reports_on_its_own_commands_only()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        Sequence command = await SendAsync();
        Assert.Equal(ReportStatus.NotOwn, (await ReportAsync(other, command)).Status);
        Assert.Equal(ReportStatus.NotOwn, (await ReportAsync(device, new Sequence(1_000))).Status);
        EnqueueItem answer = Item("truck-17") with { Kind = MessageKind.Answer };
        Sequence noCommand = (await Mailboxes.EnqueueAsync(new[] { answer }, Now))[0].Sequence;
        Assert.Equal(ReportStatus.NotOwn, (await ReportAsync(device, noCommand)).Status);
        await Mailboxes.PurgeAsync(device.Number, "purge", Now);
        Assert.Equal(ReportStatus.NotOwn, (await ReportAsync(other, command)).Status);
        Assert.Equal(ReportStatus.Stored, (await ReportAsync(device, command)).Status);
    }

    [Fact]
    public async Task A_device_of_the_same_name_created_anew_reports_on_nothing_of_the_older_one()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        await ReportAsync(device, command);
        await Registry.RemoveDeviceAsync(device.Id, null, Now);
        DeviceRecord anew = await DeviceAsync();
        Assert.Equal(ReportStatus.NotOwn, (await ReportAsync(anew, command)).Status);
        Assert.Single(await Reports.ReadAsync(command, 1, 10, int.MaxValue));
    }

    [Fact]
    public async Task Reports_are_taken_for_a_while_after_the_command_has_ended()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch))[0].Lease;
        await SettleAsync(device, epoch, lease, SettleVerb.Accept);
        Now += 999;
        Assert.Equal(Now + 1, (await ReportAsync(device, command)).DeadlineMs);
        Now += 1;
        Assert.Equal(ReportStatus.PastDeadline, (await ReportAsync(device, command)).Status);
        Assert.Single(await Reports.ReadAsync(command, 1, 10, int.MaxValue));
    }

    [Fact]
    public async Task The_sender_may_name_the_deadline()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17") with { ReportsUntilMs = Now + 5_000 };
        Sequence command = (await Mailboxes.EnqueueAsync(new[] { item }, Now))[0].Sequence;
        Assert.Equal(Now + 5_000, (await ReportAsync(device, command)).DeadlineMs);
        await Mailboxes.PurgeAsync(device.Number, "purge", Now);
        Now += 4_999;
        Assert.Equal(ReportStatus.Stored, (await ReportAsync(device, command)).Status);
        Now += 1;
        Assert.Equal(ReportStatus.PastDeadline, (await ReportAsync(device, command)).Status);
    }

    [Fact]
    public async Task There_are_as_many_reports_as_are_allowed()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        for (int i = 1; i <= 4; i++)
            Assert.Equal(i, (await ReportAsync(device, command)).Number);
        ReportResult beyond = await ReportAsync(device, command, final: true);
        Assert.Equal((ReportStatus.TooMany, 0, 4), (beyond.Status, beyond.Number, beyond.Last));
    }

    [Fact]
    public async Task The_bytes_kept_of_a_device_are_bounded_until_older_reports_have_gone()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        Sequence first = await SendAsync();
        Sequence second = await SendAsync();
        Sequence foreign = await SendAsync("other");
        for (int i = 0; i < 3; i++)
            Assert.Equal(ReportStatus.Stored, (await ReportAsync(device, first)).Status);
        for (int i = 0; i < 3; i++)
            Assert.Equal(ReportStatus.Stored, (await ReportAsync(device, second, bytes: i < 2 ? 10 : s_rules.MaxBytes - (5 * 138) - 128)).Status);
        ReportResult beyond = await ReportAsync(device, second, bytes: 0);
        Assert.Equal((ReportStatus.TooManyBytes, 0, 3), (beyond.Status, beyond.Number, beyond.Last));
        Assert.Equal(ReportStatus.TooManyBytes, (await ReportAsync(device, second, number: 5)).Status);
        Assert.Equal(ReportStatus.Duplicate, (await ReportAsync(device, second, number: 3)).Status);
        Assert.Equal(ReportStatus.Stored, (await ReportAsync(other, foreign)).Status);
        await Mailboxes.CancelAsync(first, "cancelled", Now);
        Now += Limits.OutcomeRetentionMs - 1;
        await SweepAsync();
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(ReportStatus.TooManyBytes, (await ReportAsync(device, second, bytes: 0)).Status);
        Now += 1;
        await SweepAsync();
        Assert.Equal(ReportStatus.TooManyBytes, (await ReportAsync(device, second, bytes: 3 * 138)).Status);
        Assert.Equal(ReportStatus.Stored, (await ReportAsync(device, second, bytes: (3 * 138) - 128)).Status);
    }

    [Fact]
    public async Task Reports_are_kept_as_long_as_the_outcome_and_the_feed_says_what_is_gone()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync();
        Sequence second = await SendAsync();
        EnqueueItem notWanted = Item("truck-17") with { Flags = MessageFlags.OutcomeNotWanted };
        Sequence untold = (await Mailboxes.EnqueueAsync(new[] { notWanted }, Now))[0].Sequence;
        await ReportAsync(device, first);
        await ReportAsync(device, second);
        await ReportAsync(device, untold);
        await ReportAsync(device, first);
        Assert.Equal(0, (await Reports.ReadFeedAsync(0, 10)).SkippedByRetention);
        await Mailboxes.CancelAsync(first, "cancelled", Now);
        await Mailboxes.CancelAsync(untold, "cancelled", Now);
        Now += Limits.OutcomeRetentionMs - 1;
        await SweepAsync();
        Assert.Equal(2, (await Reports.ReadAsync(first, 1, 10, int.MaxValue)).Count);
        Now += 1;
        await SweepAsync();
        Assert.Empty(await Reports.ReadAsync(first, 1, 10, int.MaxValue));
        Assert.Empty(await Reports.ReadAsync(untold, 1, 10, int.MaxValue));
        Assert.Equal(ReportStatus.NotOwn, (await ReportAsync(device, first)).Status);
        ReportBatch feed = await Reports.ReadFeedAsync(0, 10);
        Assert.Equal([2L], feed.Reports.Select(r => r.FeedNumber));
        Assert.Equal((1L, 4L), (feed.SkippedByRetention, feed.LastNumber));
        ReportBatch nothing = await Reports.ReadFeedAsync(2, 10);
        Assert.Equal((2L, 0), (nothing.SkippedByRetention, nothing.Reports.Count));
        Assert.Equal(5, (await ReportAsync(device, second)).FeedNumber);
    }

    [Fact]
    public async Task The_feed_holds_the_reports_of_all_in_the_order_of_storing()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        Sequence command = await SendAsync();
        Sequence foreign = await SendAsync("other");
        await ReportAsync(device, command);
        await ReportAsync(other, foreign);
        await ReportAsync(device, command);
        ReportBatch feed = await Reports.ReadFeedAsync(0, 2);
        Assert.Equal([(1L, command, 1), (2L, foreign, 1)], feed.Reports.Select(r => (r.FeedNumber, r.Command, r.Number)));
        Assert.Equal([(3L, command, 2)], (await Reports.ReadFeedAsync(2, 10)).Reports.Select(r => (r.FeedNumber, r.Command, r.Number)));
        Assert.Equal(3, (await Reports.ReadFeedAsync(long.MaxValue, 1)).LastNumber);
    }

    [Fact]
    public async Task Reports_survive_a_restart()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        await ReportAsync(device, command, fill: 7);
        await RestartAsync();
        Assert.Equal((byte)7, Assert.Single(await Reports.ReadAsync(command, 1, 10, int.MaxValue)).Content.Span[0]);
        Assert.Equal(new ReportResult(ReportStatus.Stored, 2, 2, long.MaxValue, 2), await ReportAsync(device, command));
    }

    private ValueTask<ReportResult> ReportAsync(DeviceRecord device, Sequence command, int number = 0, bool final = false, byte fill = 1, long bytes = 10)
    {
        var item = new ReportItem
        {
            Device = device.Number,
            Command = command,
            Number = number,
            IsFinal = final,
            Content = Enumerable.Repeat(fill, (int)bytes).ToArray(),
        };
        return Reports.AppendAsync(item, s_rules, Now);
    }
}
