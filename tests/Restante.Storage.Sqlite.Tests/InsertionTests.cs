using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>What a new message does besides being stored, when its transaction fails, is written again, or meets others.</summary>
public sealed class InsertionTests : StoreTest
{
    private static readonly EnqueueItem s_keyed = Item() with { ReplaceKey = "k", MessageId = "m" };

    [Fact]
    public async Task A_message_is_replaced_by_a_commit_and_by_nothing_else()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence old = (await EnqueueAsync(store, s_keyed)).Sequence;
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        using (var gate = new WriterGate(store, fail: true))
        {
            Task<EnqueueResult> failing = EnqueueAsync(store, s_keyed with { MessageId = "other" });
            gate.WaitUntilHeld();
            Assert.Empty(await LeaseAsync(store, device, epoch));
            Assert.Equal(CancelStatus.InHand, (await store.Mailboxes.CancelAsync(old, "x", Now)).Status);
            gate.Open();
            await Assert.ThrowsAsync<StoreUnavailableException>(() => failing);
        }

        Assert.Equal(old, Assert.Single(await store.Mailboxes.BrowseAsync(device, default, 10, Now)).Sequence);
        EnqueueResult second = await EnqueueAsync(store, s_keyed with { MessageId = "other" });
        Assert.Equal(old, Assert.Single(second.Replaced!).Sequence);
        Assert.Equal(second.Sequence, Assert.Single(await LeaseAsync(store, device, epoch)).Sequence);
        Assert.Single((await store.Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("purge")]
    [InlineData("replace")]
    [InlineData("accept")]
    public async Task What_a_session_has_missed_while_it_was_to_end_is_told_when_it_has_not(string act)
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence sent = (await EnqueueAsync(store, s_keyed)).Sequence;
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        LeaseId lease = act == "accept" ? (await LeaseAsync(store, device, epoch))[0].Lease : default;
        using (var gate = new WriterGate(store, fail: true))
        {
            Task failing = act switch
            {
                "cancel" => store.Mailboxes.CancelAsync(sent, "x", Now).AsTask(),
                "purge" => store.Mailboxes.PurgeAsync(device, "x", Now).AsTask(),
                "replace" => EnqueueAsync(store, s_keyed with { MessageId = "other" }),
                _ => SettleAsync(store, device, epoch, lease, SettleVerb.Accept),
            };
            gate.WaitUntilHeld();
            if (act == "accept")
                epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
            Assert.Empty(await LeaseAsync(store, device, epoch));
            gate.Open();
            await Assert.ThrowsAsync<StoreUnavailableException>(() => failing);
        }

        Assert.Equal(device, Assert.Single((await store.Mailboxes.SweepAsync(Now, 100)).DevicesWithMail));
        Assert.Empty((await store.Mailboxes.SweepAsync(Now, 100)).DevicesWithMail);
        Assert.Equal(sent, Assert.Single(await LeaseAsync(store, device, epoch)).Sequence);
    }

    [Fact]
    public async Task After_a_start_the_newest_message_ids_are_known_of_those_that_wait_and_have_ended_as_many_as_there_is_room_for()
    {
        SqliteStoreOptions three = Options with { Limits = new MailboxLimits { MaxIdempotencyKeys = 3 } };
        SqliteGatewayStore store = await OpenAsync(three);
        DeviceNumber device = await DeviceAsync(store);
        await DeviceAsync(store, "other");
        var sent = new List<Sequence>();
        foreach ((string id, string to) in new[] { ("1", "d"), ("2", "other"), ("3", "d"), ("4", "other"), ("5", "d") })
            sent.Add((await EnqueueAsync(store, Item(to) with { MessageId = id })).Sequence);
        await store.Mailboxes.PurgeAsync(device, "gone", Now);
        await store.DisposeAsync();
        store = await OpenAsync(three);
        Assert.Equal((EnqueueStatus.Duplicate, sent[4]), Known(await EnqueueAsync(store, Item() with { MessageId = "5" })));
        Assert.Equal((EnqueueStatus.Duplicate, sent[3]), Known(await EnqueueAsync(store, Item("other") with { MessageId = "4" })));
        Assert.Equal((EnqueueStatus.Duplicate, sent[2]), Known(await EnqueueAsync(store, Item() with { MessageId = "3" })));
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(store, Item("other") with { MessageId = "2" })).Status);

        static (EnqueueStatus Status, Sequence Sequence) Known(EnqueueResult result) => (result.Status, result.Sequence);
    }

    [Fact]
    public async Task A_batch_that_is_written_again_without_one_call_replaces_once()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence old = (await EnqueueAsync(store, s_keyed)).Sequence;
        Task<EnqueueResult> second;
        Task<EnqueueResult> third;
        Task<bool> failing;
        using (var gate = new WriterGate(store))
        {
            Task first = SendAsync(store);
            gate.WaitUntilHeld();
            second = EnqueueAsync(store, s_keyed with { MessageId = "b" });
            third = EnqueueAsync(store, s_keyed with { MessageId = "b" });
            failing = store.Writer.Submit(new SimpleOperation<bool>(_ => throw new InvalidDataException("no"))).AsTask();
            gate.Open();
            await first;
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(() => failing);
        Assert.Equal(old, Assert.Single((await second).Replaced!).Sequence);
        Assert.Equal((EnqueueStatus.Duplicate, (await second).Sequence), ((await third).Status, (await third).Sequence));
        Assert.Equal(2, (await store.Mailboxes.GetInfoAsync(device)).Messages);
        Assert.Equal(old, Assert.Single((await store.Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes).Sequence);
    }

    [Fact]
    public async Task A_replaced_message_leaves_no_delivery_count()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await EnqueueAsync(store, s_keyed);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        LeaseId lease = (await LeaseAsync(store, device, epoch))[0].Lease;
        await SettleAsync(store, device, epoch, lease, SettleVerb.Release);
        Assert.Equal(1, Assert.Single((await EnqueueAsync(store, s_keyed with { MessageId = "b" })).Replaced!).DeliveryCount);
        lease = (await LeaseAsync(store, device, epoch))[0].Lease;
        await SendAsync(store);
        await SettleAsync(store, device, epoch, lease, SettleVerb.Release);
        Assert.Single((await EnqueueAsync(store, s_keyed with { MessageId = "c" })).Replaced!);
        await store.DisposeAsync();
        using Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20);
        Assert.Equal(0, connection.Number("SELECT count(*) FROM delivery"));
        Assert.Equal(2, connection.Number("SELECT count(*) FROM message"));
    }

    [Fact]
    public async Task A_failed_commit_leaves_no_message_id()
    {
        SqliteGatewayStore store = await OpenAsync();
        await DeviceAsync(store);
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EnqueueAsync(store, s_keyed));
        store.Writer.BeforeCommit = null;
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(store, s_keyed)).Status);
        Assert.Equal(EnqueueStatus.Duplicate, (await EnqueueAsync(store, s_keyed)).Status);
    }

    [Fact]
    public async Task Mail_that_came_due_in_a_sweep_that_failed_is_told_by_the_next_one()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await DeviceAsync(store, "other");
        await EnqueueAsync(store, Item() with { NotBeforeMs = Now + 5 });
        await EnqueueAsync(store, Item("other", expiresAtMs: Now + 5));
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Mailboxes.SweepAsync(Now + 5, 100));
        store.Writer.BeforeCommit = null;
        SweepResult swept = await store.Mailboxes.SweepAsync(Now + 5, 100);
        Assert.Equal((1, device), (swept.Expired, Assert.Single(swept.DevicesWithMail)));
    }

    [Fact]
    public async Task A_damaged_message_is_not_shelved_and_a_damaged_shelved_one_is_not_sent_again()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        Sequence rejected = (await EnqueueAsync(store, Item())).Sequence;
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        await SettleAsync(store, device, epoch, (await LeaseAsync(store, device, epoch))[0].Lease, SettleVerb.Reject);
        Sequence damaged = (await EnqueueAsync(store, Item())).Sequence;
        await store.DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
        {
            connection.Execute("UPDATE message SET not_before = 1");
            connection.Execute("UPDATE dead_letter SET content = x'07070707070707070706'");
        }

        store = await OpenAsync();
        epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        Assert.Empty(await LeaseAsync(store, device, epoch));
        Assert.Equal(Outcome.Undeliverable, (await store.Mailboxes.FindOutcomeAsync(damaged))!.Outcome);
        Assert.Equal(rejected, Assert.Single(await store.Shelf.ListAsync(device, default, 10)).Sequence);
        Assert.Null(await store.Shelf.ResendAsync(device, rejected, Now + 10, Now));
        Assert.NotNull(await store.Shelf.FindAsync(device, rejected));
    }

    private static async Task<EnqueueResult> EnqueueAsync(SqliteGatewayStore store, EnqueueItem item) =>
        (await store.Mailboxes.EnqueueAsync(new[] { item }, Now))[0];
}
