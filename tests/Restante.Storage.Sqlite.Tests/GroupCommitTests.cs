using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>The writer: what waits is written together, a failure leaves nothing behind, and the store recovers.</summary>
public sealed class GroupCommitTests : StoreTest
{
    [Fact]
    public async Task What_waits_while_a_commit_is_made_is_written_in_the_next_one()
    {
        SqliteGatewayStore store = await OpenAsync();
        await DeviceAsync(store);
        using var gate = new WriterGate(store);
        Task<EnqueueResult[]> first = SendAsync(store);
        gate.WaitUntilHeld();
        Task<EnqueueResult[]>[] others = [.. Enumerable.Range(0, 50).Select(_ => SendAsync(store))];
        Assert.False(first.IsCompleted);
        gate.Open();
        await Task.WhenAll([first, .. others]);
        Assert.Equal([1, 50], gate.Batches);
    }

    [Fact]
    public async Task A_batch_has_a_largest_size()
    {
        SqliteGatewayStore store = await OpenAsync(Options with { MaxBatchCalls = 20 });
        await DeviceAsync(store);
        using var gate = new WriterGate(store);
        Task first = SendAsync(store);
        gate.WaitUntilHeld();
        Task[] others = [.. Enumerable.Range(0, 50).Select(_ => SendAsync(store))];
        gate.Open();
        await Task.WhenAll([first, .. others]);
        Assert.Equal([1, 20, 20, 10], gate.Batches);
    }

    [Fact]
    public async Task The_queue_is_bounded_in_calls_and_bytes()
    {
        SqliteGatewayStore store = await OpenAsync(Options with { MaxQueuedCalls = 3, MaxQueuedBytes = 2_000 });
        await DeviceAsync(store);
        using var gate = new WriterGate(store);
        Task first = SendAsync(store);
        gate.WaitUntilHeld();
        Task second = SendAsync(store, size: 1_000);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SendAsync(store, size: 1_000));
        Task third = SendAsync(store);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SendAsync(store));
        gate.Open();
        await Task.WhenAll(first, second, third);
        await SendAsync(store, size: 1_000);
        Assert.Equal(4, store.Mailboxes.Totals.Messages);
    }

    [Fact]
    public async Task A_failed_commit_leaves_nothing_and_the_next_one_goes_on()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store, count: 3);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(store, device, epoch, 2);
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SendAsync(store));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SettleAsync(store, device, epoch, leased[0].Lease, SettleVerb.Accept));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => DeviceAsync(store, "other"));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Mailboxes.PurgeAsync(device, "x", Now));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Registry.RemoveDeviceAsync(DeviceId.Parse("d"), null, Now));
        Assert.Equal(new MailboxInfo(3, 30, 2), await store.Mailboxes.GetInfoAsync(device));
        Assert.Null(await store.Registry.FindDeviceAsync(DeviceId.Parse("other")));
        Assert.Empty((await store.Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes);
        store.Writer.BeforeCommit = null;
        Assert.Equal(SettleStatus.Done, (await SettleAsync(store, device, epoch, leased[0].Lease, SettleVerb.Accept))[0].Status);
        Assert.Equal(EnqueueStatus.Enqueued, (await SendAsync(store))[0].Status);
        Assert.Equal(1, Assert.Single((await store.Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes).Number);
        await DeviceAsync(store, "other");
    }

    [Fact]
    public async Task A_failed_settle_leaves_its_leases_as_they_were()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store, count: 2);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(store, device, epoch);
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        SettleItem[] both =
        [
            new(device, epoch, leased[0].Lease, SettleVerb.Release), new(device, epoch, leased[1].Lease, SettleVerb.Accept),
        ];
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Mailboxes.SettleAsync(both, Now));
        Assert.Empty(await LeaseAsync(store, device, epoch));
        store.Writer.BeforeCommit = null;
        Assert.All(await store.Mailboxes.SettleAsync(both, Now), r => Assert.Equal(SettleStatus.Done, r.Status));
        Assert.Equal(2, Assert.Single(await LeaseAsync(store, device, epoch)).DeliveryCount);
    }

    [Fact]
    public async Task A_failed_settle_of_a_session_taken_over_gives_the_message_back()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store);
        SessionEpoch old = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        LeaseId lease = (await LeaseAsync(store, device, old))[0].Lease;
        using var gate = new WriterGate(store, fail: true);
        Task<SettleResult[]> settle = SettleAsync(store, device, old, lease, SettleVerb.Accept);
        gate.WaitUntilHeld();
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        Assert.Empty(await LeaseAsync(store, device, epoch));
        gate.Open();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => settle);
        Assert.Equal(2, Assert.Single(await LeaseAsync(store, device, epoch)).DeliveryCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_older_session_is_settling_holds_up_what_is_behind_it(bool fails)
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store, count: 3);
        SessionEpoch old = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        LeaseId lease = (await LeaseAsync(store, device, old, 2))[0].Lease;
        using var gate = new WriterGate(store, fails);
        Task<SettleResult[]> settle = SettleAsync(store, device, old, lease, SettleVerb.Accept);
        gate.WaitUntilHeld();
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        Assert.Empty(await LeaseAsync(store, device, epoch));
        gate.Open();
        await EndOf(settle, fails);
        store.Writer.BeforeCommit = null;
        Assert.Equal([device], (await store.Mailboxes.SweepAsync(Now, 100)).DevicesWithMail);
        Assert.Equal(fails ? [1, 2, 3] : [2, 3], (await LeaseAsync(store, device, epoch)).Select(m => m.Sequence.Value));
        Assert.Empty((await store.Mailboxes.SweepAsync(Now, 100)).DevicesWithMail);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_being_taken_back_holds_up_what_is_behind_it(bool fails)
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store, count: 2);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        using var gate = new WriterGate(store, fails);
        Task<CancelResult> cancel = store.Mailboxes.CancelAsync(new Sequence(1), "x", Now).AsTask();
        gate.WaitUntilHeld();

        // Whoever wishes other kinds only is held up by nothing, and leaves it as it is.
        var answers = new LeaseRequest(device, epoch, 100, int.MaxValue, Now, 1_000, MessageKinds.Answers);
        Assert.Empty((await store.Mailboxes.LeaseAsync(answers)).Messages);
        Assert.Empty(await LeaseAsync(store, device, epoch));
        gate.Open();
        await EndOf(cancel, fails);
        store.Writer.BeforeCommit = null;
        Assert.Equal([device], (await store.Mailboxes.SweepAsync(Now, 100)).DevicesWithMail);
        Assert.Equal(fails ? [1, 2] : [2], (await LeaseAsync(store, device, epoch)).Select(m => m.Sequence.Value));
    }

    [Fact]
    public async Task What_a_session_is_settling_itself_holds_up_nothing()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store, count: 2);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        LeaseId lease = (await LeaseAsync(store, device, epoch, 1))[0].Lease;
        using var gate = new WriterGate(store);
        Task<SettleResult[]> settle = SettleAsync(store, device, epoch, lease, SettleVerb.Accept);
        gate.WaitUntilHeld();
        Assert.Equal(2, Assert.Single(await LeaseAsync(store, device, epoch)).Sequence.Value);
        gate.Open();
        await settle;
    }

    [Fact]
    public async Task A_failed_sweep_finds_the_same_again()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await store.Mailboxes.EnqueueAsync(new[] { Item(expiresAtMs: Now + 5), Item() }, Now);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        await LeaseAsync(store, device, epoch);
        await store.Mailboxes.EnqueueAsync(new[] { Item(expiresAtMs: Now + 5) }, Now);
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Mailboxes.SweepAsync(Now + 5_000, 100));
        Assert.Equal(new MailboxInfo(3, 30, 2), await store.Mailboxes.GetInfoAsync(device));
        store.Writer.BeforeCommit = null;
        SweepResult swept = await store.Mailboxes.SweepAsync(Now + 5_000, 100);
        Assert.Equal((2, 2), (swept.Lapsed, swept.Expired));
        Assert.Equal([device], swept.DevicesWithMail);
    }

    [Fact]
    public async Task A_lease_does_not_fail_with_the_messages_it_would_have_ended()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await store.Mailboxes.EnqueueAsync(new[] { Item(expiresAtMs: Now), Item() }, Now - 5);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        Assert.Equal(2, Assert.Single(await LeaseAsync(store, device, epoch)).Sequence.Value);
        Assert.Equal(new MailboxInfo(2, 20, 1), await store.Mailboxes.GetInfoAsync(device));
        store.Writer.BeforeCommit = null;
        Assert.Empty(await LeaseAsync(store, device, epoch));
        Assert.Equal(Outcome.Expired, (await store.Mailboxes.FindOutcomeAsync(new Sequence(1)))!.Outcome);
    }

    [Fact]
    public async Task A_lease_does_not_wait_for_a_commit_and_counts_with_the_next_one()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        using var gate = new WriterGate(store);
        Task<EnqueueResult[]> other = SendAsync(store);
        gate.WaitUntilHeld();
        Task<LeaseResult> lease = store.Mailboxes.LeaseAsync(new LeaseRequest(device, epoch, 1, 1_000, Now, 1_000)).AsTask();
        Assert.Equal(1, Assert.Single((await lease.WaitAsync(TimeSpan.FromSeconds(30))).Messages).DeliveryCount);
        gate.Open();
        await other;
        await SendAsync(store);
        string copy = CopyFiles();
        await using SqliteGatewayStore opened = await OpenElsewhereAsync(copy);
        Assert.Equal(1, (await opened.Mailboxes.BrowseAsync(device, default, 1, Now))[0].DeliveryCount);
    }

    [Fact]
    public async Task One_call_that_cannot_be_written_does_not_fail_the_others()
    {
        SqliteGatewayStore store = await OpenAsync();
        await DeviceAsync(store);
        using var gate = new WriterGate(store);
        Task first = SendAsync(store);
        gate.WaitUntilHeld();
        Task<EnqueueResult[]> before = SendAsync(store);
        Task<EnqueueResult[]> bad = store.Mailboxes.EnqueueAsync(new[] { Item(), Item() with { Sender = null! } }, Now).AsTask();
        Task<EnqueueResult[]> after = SendAsync(store);
        gate.Open();
        await first;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bad);
        Assert.Equal(2, (await before)[0].Sequence.Value);
        Assert.Equal(3, (await after)[0].Sequence.Value);
        Assert.Equal(3, store.Mailboxes.Totals.Messages);
    }

    [Fact]
    public async Task A_full_database_refuses_and_recovers()
    {
        SqliteGatewayStore store = await OpenAsync(Options with { Limits = new MailboxLimits { MaxDepth = 10_000 } });
        DeviceNumber device = await DeviceAsync(store);
        await LimitPages(store, 60);
        int taken = 0;
        while (taken < 1_000 && await TrySend(store))
            taken++;
        Assert.InRange(taken, 1, 999);
        Assert.Equal(taken, store.Mailboxes.Totals.Messages);
        Assert.False(await TrySend(store));
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        Assert.Single(await LeaseAsync(store, device, epoch, 1));
        await LimitPages(store, 1_000_000);
        Assert.True(await TrySend(store));
        await store.DisposeAsync();
        await using SqliteGatewayStore again = await OpenAsync();
        Assert.Equal(taken + 1, again.Mailboxes.Totals.Messages);

        static async Task<bool> TrySend(SqliteGatewayStore store)
        {
            try
            {
                return (await SendAsync(store, size: 1_000))[0].Status == EnqueueStatus.Enqueued;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        }
    }

    private static async Task LimitPages(SqliteGatewayStore store, int pages) => await store.Writer.Submit(
        new Writing.SimpleOperation<long>(session => session.Connection.Number($"PRAGMA max_page_count = {pages}")));

    private string CopyFiles()
    {
        string copy = Path.Combine(Folder, "copy");
        Directory.CreateDirectory(copy);
        foreach (string name in new[] { "restante.db", "restante.db-wal" })
            System.IO.File.Copy(Path.Combine(Folder, name), Path.Combine(copy, name));
        return copy;
    }

    private static Task EndOf(Task call, bool fails) =>
        fails ? Assert.ThrowsAsync<StoreUnavailableException>(() => call) : call;
}
