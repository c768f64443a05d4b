using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>What a notification writes, and what becomes of it where commits fail, sessions change and bytes are damaged.</summary>
public sealed class BroadcastTests : StoreTest
{
    private static readonly string[] s_tables =
        ["message", "outcome", "delivery", "dead_letter", "history", "notification", "notification_content", "notification_device"];

    [Fact]
    public async Task One_for_10000_devices_is_one_row_and_its_content_until_they_settle_it()
    {
        const int Devices = 10_000;
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber[] devices = await Task.WhenAll(Enumerable.Range(0, Devices).Select(i => DeviceAsync(store, $"d-{i}")));
        var epochs = new SessionEpoch[Devices];
        for (int i = 0; i < Devices; i++)
            epochs[i] = (await store.Mailboxes.OpenSessionAsync(devices[i], Now))!.Value.Epoch;
        long[] before = Rows();
        Sequence sequence = await PublishAsync(store);
        var leases = new LeaseId[Devices];
        for (int i = 0; i < Devices; i++)
        {
            Assert.Equal(1, await store.Notifications.OfferAsync(devices[i], epochs[i], new[] { sequence }));
            leases[i] = Assert.Single(await LeaseAsync(store, devices[i], epochs[i])).Lease;
        }

        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 0], Rows().Zip(before, (now, then) => now - then));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => SettleAsync(store, devices[i], epochs[i], leases[i], SettleVerb.Accept)));
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 100], Rows().Zip(before, (now, then) => now - then));
        Assert.Equal(100, (await store.Notifications.FindAsync(sequence, Now))!.Accepted);
    }

    [Fact]
    public async Task On_many_shelves_it_is_still_stored_once_and_goes_with_the_last()
    {
        const int Devices = 50;
        SqliteGatewayStore store = await OpenAsync();
        Sequence sequence = await PublishAsync(store);
        var devices = new DeviceNumber[Devices];
        for (int i = 0; i < Devices; i++)
        {
            devices[i] = await DeviceAsync(store, $"d-{i}");
            SessionEpoch epoch = await OfferAsync(store, devices[i], sequence);
            LeaseId lease = Assert.Single(await LeaseAsync(store, devices[i], epoch)).Lease;
            await SettleAsync(store, devices[i], epoch, lease, SettleVerb.Reject);
        }

        Assert.Equal([0, 0, 0, Devices, 0, 1, 1, Devices], Rows());
        using (Connection connection = Connection.Open(File, readOnly: true, 1 << 20, 1 << 20))
            Assert.Equal(0, connection.Number("SELECT count(content) FROM dead_letter"));
        long end = Now + 60_000;
        await store.Notifications.SweepAsync(end, 1_000);
        await store.Notifications.SweepAsync(end + new MailboxLimits().OutcomeRetentionMs, 1_000);
        Assert.Equal([0, 0, 0, Devices, 0, 0, 1, 0], Rows());
        await store.Shelf.ResendAsync(devices[0], sequence, end * 2, end);
        for (int i = 1; i < Devices - 1; i++)
            await store.Shelf.DeleteAllAsync(devices[i]);
        Assert.Equal(300, Assert.Single(await store.Shelf.ListAsync(devices[^1], default, 10)).Content.Length);
        await store.Registry.RemoveDeviceAsync(DeviceId.Parse($"d-{Devices - 1}"), null, end);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0], Rows());
    }

    [Fact]
    public async Task Damaged_on_the_shelf_it_is_shown_and_not_sent_again()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence sequence = await PublishAsync(store);
        SessionEpoch epoch = await OfferAsync(store, device, sequence);
        await SettleAsync(store, device, epoch, Assert.Single(await LeaseAsync(store, device, epoch)).Lease, SettleVerb.Reject);
        await store.DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute("UPDATE notification_content SET content = x'00'");
        store = await OpenAsync();
        Assert.Equal(sequence, Assert.Single(await store.Shelf.ListAsync(device, default, 10)).Sequence);
        Assert.Null(await store.Shelf.ResendAsync(device, sequence, Now + 70, Now));
    }

    [Fact]
    public async Task A_settle_that_fails_leaves_it_in_hand()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence sequence = await PublishAsync(store);
        SessionEpoch epoch = await OfferAsync(store, device, sequence);
        LeaseId lease = Assert.Single(await LeaseAsync(store, device, epoch)).Lease;
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SettleAsync(store, device, epoch, lease, SettleVerb.Accept));
        Assert.Empty(await LeaseAsync(store, device, epoch));
        store.Writer.BeforeCommit = null;
        Assert.Equal(SettleStatus.Done, (await SettleAsync(store, device, epoch, lease, SettleVerb.Accept))[0].Status);
        Assert.Equal(1, (await store.Notifications.FindAsync(sequence, Now))!.Accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_settle_under_way_when_the_mailbox_is_taken_over_counts_if_it_can(bool fails)
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence sequence = await PublishAsync(store);
        SessionEpoch old = await OfferAsync(store, device, sequence);
        LeaseId lease = Assert.Single(await LeaseAsync(store, device, old)).Lease;
        Sequence behind = (await SendAsync(store))[0].Sequence;
        using var gate = new WriterGate(store, fails);
        Task<SettleResult[]> settle = SettleAsync(store, device, old, lease, SettleVerb.Accept);
        gate.WaitUntilHeld();
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        await store.Notifications.OfferAsync(device, epoch, new[] { sequence });
        Assert.Empty(await LeaseAsync(store, device, epoch));
        gate.Open();
        if (fails)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => settle);
            store.Writer.BeforeCommit = null;
            Assert.Equal([sequence, behind], (await LeaseAsync(store, device, epoch)).Select(m => m.Sequence));
            return;
        }

        Assert.Equal(new SettleResult(SettleStatus.Done, Outcome.Accepted), (await settle)[0]);
        store.Writer.BeforeCommit = null;
        Assert.Equal(behind, Assert.Single(await LeaseAsync(store, device, epoch)).Sequence);
        Assert.Equal(0, await store.Notifications.OfferAsync(device, epoch, new[] { sequence }));
    }

    [Fact]
    public async Task What_was_claimed_of_a_removed_device_is_not_taken_for_what_stands_in_its_place()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber removed = await DeviceAsync(store, "d-0");
        DeviceNumber other = removed;
        for (int i = 1; i <= MailboxIndex.Shards; i++) // The last one is in the share of the first.
            other = await DeviceAsync(store, $"d-{i}");
        Sequence sequence = await PublishAsync(store);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(other, Now))!.Value.Epoch;
        SessionEpoch gone = await OfferAsync(store, removed, sequence);
        LeaseId lease = Assert.Single(await LeaseAsync(store, removed, gone)).Lease;
        using var reached = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        store.Writer.BeforeCommit = _ =>
        {
            reached.Release();
            goOn.Wait();
        };
        Task removal = store.Registry.RemoveDeviceAsync(DeviceId.Parse("d-0"), null, Now).AsTask();
        await reached.WaitAsync();
        Task<SettleResult[]> settle = SettleAsync(store, removed, gone, lease, SettleVerb.Accept);
        goOn.Release();
        await reached.WaitAsync();
        await removal;
        Assert.Equal(1, await store.Notifications.OfferAsync(other, epoch, new[] { sequence }));
        store.Writer.BeforeCommit = null;
        goOn.Release();
        Assert.Equal(SettleStatus.LeaseLapsed, (await settle)[0].Status);
        Assert.Equal(sequence, Assert.Single(await LeaseAsync(store, other, epoch)).Sequence);
    }

    [Fact]
    public async Task A_recall_and_a_publish_that_fail_change_nothing()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence sequence = await PublishAsync(store);
        SessionEpoch epoch = await OfferAsync(store, device, sequence);
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Notifications.RecallAsync(sequence, "no", Now));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => PublishAsync(store));
        store.Writer.BeforeCommit = null;
        Assert.Equal(sequence, Assert.Single(await store.Notifications.ListActiveAsync()).Sequence);
        Assert.Equal(sequence, Assert.Single(await LeaseAsync(store, device, epoch)).Sequence);
    }

    [Fact]
    public async Task Damaged_bytes_are_not_handed_out()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence sequence = await PublishAsync(store);
        await store.DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute("UPDATE notification_content SET content = x'00'");
        store = await OpenAsync();
        SessionEpoch epoch = await OfferAsync(store, device, sequence);
        Assert.Empty(await LeaseAsync(store, device, epoch));
        NotificationDevice settled = Assert.Single(await store.Notifications.ListDevicesAsync(sequence, default, 10));
        Assert.Equal((Outcome.Undeliverable, "The stored message is damaged."), (settled.Outcome, settled.Reason));
    }

    private static async Task<Sequence> PublishAsync(SqliteGatewayStore store)
    {
        var wish = new NewNotification { Audience = "true", Content = new byte[300], ExpiresAtMs = Now + 60_000, Sender = "owner" };
        return (await store.Notifications.PublishAsync(wish, Now, static _ => { })).Sequence;
    }

    private static async Task<SessionEpoch> OfferAsync(SqliteGatewayStore store, DeviceNumber device, Sequence sequence)
    {
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        Assert.Equal(1, await store.Notifications.OfferAsync(device, epoch, new[] { sequence }));
        return epoch;
    }

    private long[] Rows()
    {
        using Connection connection = Connection.Open(File, readOnly: true, 1 << 20, 1 << 20);
        return [.. s_tables.Select(t => connection.Number($"SELECT count(*) FROM {t}"))];
    }
}
