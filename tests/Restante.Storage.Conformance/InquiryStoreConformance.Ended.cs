using Restante.Core.Devices;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <content>The feeds of ended inquiries, and how far their readers have come.</content>
public abstract partial class InquiryStoreConformance
{
    [Fact]
    public async Task What_retention_has_dropped_of_a_subject_is_counted()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        await EndAsync(device, "q-1", "traffic");
        await EndAsync(device, "l-1", "lights");
        Now += 500;
        await EndAsync(device, "q-2", "traffic");
        await EndAsync(other, "q-3", "traffic");
        Now += 500;
        await SweepInquiriesAsync();
        await CheckEndsAsync("traffic", 0, ["q-2", "q-3"], skipped: 1, last: 3);
        await CheckEndsAsync("traffic", 1, ["q-2", "q-3"], skipped: 0, last: 3);
        await CheckEndsAsync("lights", 0, [], skipped: 1, last: 1);
        await CheckEndsAsync("nothing", 0, [], skipped: 0, last: 0);
        await EndAsync(device, "q-4", "traffic");
        await EndAsync(device, "q-5", "traffic");
        await AskAsync(device, "q-6"); // The device has ended more than are kept: the oldest goes, out of the middle of the feed.
        await CheckEndsAsync("traffic", 1, ["q-3", "q-4", "q-5"], skipped: 1, last: 5);
        Now += 1_000;
        await SweepInquiriesAsync();
        if (CanRestart)
            await RestartAsync();
        await CheckEndsAsync("traffic", 3, ["q-6"], skipped: 2, last: 6);
        await CheckEndsAsync("traffic", 9, [], skipped: 0, last: 6);
    }

    [Fact]
    public async Task The_numbers_of_a_subject_that_was_forgotten_go_on_above_it()
    {
        DeviceRecord device = await DeviceAsync();
        for (int i = 0; i < 3; i++)
            await EndAsync(device, $"a-{i}", "a");
        Now += 1_000;
        await SweepInquiriesAsync();
        await EndAsync(device, "b", "b");
        await EndAsync(device, "c", "c");
        await SweepInquiriesAsync();
        Assert.Equal(0, (await Inquiries.ReadEndedAsync("a", 0, 10)).LastNumber);
        await CheckEndsAsync("b", 0, ["b"], skipped: 0, last: 1);
        await EndAsync(device, "a-3", "a");
        await CheckEndsAsync("a", 3, ["a-3"], skipped: 0, last: 4);
        await SweepInquiriesAsync();
        await CheckEndsAsync("a", 0, ["a-3"], skipped: 3, last: 4);
    }

    [Fact]
    public async Task Cursors_go_when_they_have_not_moved_for_the_time_of_the_retention()
    {
        await Mailboxes.SetCursorAsync("ended/alpha/traffic", 7, Now);
        await Mailboxes.SetCursorAsync("outcomes/alpha", 9, Now);
        Now += 999;
        await SweepInquiriesAsync();
        await Mailboxes.SetCursorAsync("ended/beta/traffic", 3, Now);
        Assert.Equal(7, await Mailboxes.GetCursorAsync("ended/alpha/traffic"));
        Now += 1;
        await SweepInquiriesAsync();
        Assert.Equal(0, await Mailboxes.GetCursorAsync("ended/alpha/traffic"));
        Assert.Equal(3, await Mailboxes.GetCursorAsync("ended/beta/traffic"));
        Assert.Equal(9, await Mailboxes.GetCursorAsync("outcomes/alpha"));
    }

    [Fact]
    public async Task Of_more_cursors_than_are_kept_the_ones_moved_last_stay()
    {
        string[] readers = ["ended/alpha/a", "ended/alpha/b", "ended/alpha/c"];
        foreach (string reader in readers)
            await Mailboxes.SetCursorAsync(reader, 5, Now++);
        await Mailboxes.SetCursorAsync(readers[0], 4, Now);
        await SweepInquiriesAsync();
        long[] kept = await Task.WhenAll(readers.Select(r => Mailboxes.GetCursorAsync(r).AsTask()));
        Assert.Equal([5, 0, 5], kept);
    }

    private async Task EndAsync(DeviceRecord device, string id, string subject)
    {
        await AskAsync(device, id, subject);
        await Inquiries.CancelAsync(device.Number, id, Now);
    }

    private async Task CheckEndsAsync(string subject, long after, string[] ids, long skipped, long last)
    {
        EndedInquiryBatch read = await Inquiries.ReadEndedAsync(subject, after, 10);
        Assert.Equal(ids, read.Ended.Select(e => e.Id));
        Assert.Equal((skipped, last), (read.SkippedByRetention, read.LastNumber));
    }
}
