using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Mailboxes;

/// <summary>One holder, whatever comes between.</summary>
public sealed class TakeoverTests : IAsyncDisposable
{
    private readonly TestGateway _test = new();

    private MailboxHub Mailboxes => _test.Gateway.Mailboxes;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_newer_connection_takes_over_and_the_older_is_told_and_can_do_nothing_more()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        await _test.SendAsync("d", "b");
        (MailboxSession older, TestReceiver told) = await _test.AttachAsync(device);
        LeasedMessage leased = Ok(await older.LeaseAsync(1, 1))[0];
        (MailboxSession newer, TestReceiver holder) = await _test.AttachAsync(device);
        Assert.Contains("newer connection", Assert.Single(told.Taken), StringComparison.Ordinal);
        Assert.Empty(holder.Taken);
        Assert.Equal(1, Mailboxes.Held);
        foreach (SettleVerb verb in Enum.GetValues<SettleVerb>())
            Refused(RefusalKind.Conflict, await older.SettleAsync(leased.Lease, verb));
        Refused(RefusalKind.Conflict, await older.LeaseAsync(10, int.MaxValue));
        Assert.Equal(["a", "b"], Ok(await newer.LeaseAsync(10, int.MaxValue)).Select(m => Text(m.Content)));
        int wakes = holder.Wakes;
        int old = told.Wakes;
        await _test.SendAsync("d", "c");
        Assert.Equal((wakes + 1, old), (holder.Wakes, told.Wakes));
        Assert.Contains("""{"event":"taken-over","device":"d"}""", await _test.EventsAsync());
    }

    [Fact]
    public async Task The_newer_is_told_when_what_the_older_was_settling_is_stored()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        (MailboxSession older, TestReceiver told) = await _test.AttachAsync(device);
        LeasedMessage leased = Ok(await older.LeaseAsync(1, 1))[0];
        var stored = new TaskCompletionSource();
        _test.Hooks.After = verb => verb == "settle" ? stored.Task : Task.CompletedTask;
        Task<Result<SettleResult>> settle = older.SettleAsync(leased.Lease, SettleVerb.Accept).AsTask();
        (_, TestReceiver holder) = await _test.AttachAsync(device);
        (int wakes, int old) = (holder.Wakes, told.Wakes);
        stored.SetResult();
        Ok(await settle);
        Assert.Equal((wakes + 1, old), (holder.Wakes, told.Wakes));
    }

    [Fact]
    public async Task The_close_of_the_older_does_not_touch_the_newer()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        (MailboxSession older, _) = await _test.AttachAsync(device);
        (MailboxSession newer, TestReceiver holder) = await _test.AttachAsync(device);
        LeasedMessage leased = Ok(await newer.LeaseAsync(1, 1))[0];
        await older.CloseAsync();
        Assert.Equal(1, Mailboxes.Held);
        await _test.SendAsync("d", "b");
        Assert.Equal(1, holder.Wakes);
        Ok(await newer.SettleAsync(leased.Lease, SettleVerb.Accept));
    }

    [Fact]
    public async Task A_close_gives_back_what_was_leased_in_order_and_counts_it()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        await _test.SendAsync("d", "b");
        (MailboxSession first, TestReceiver gone) = await _test.AttachAsync(device);
        Ok(await first.LeaseAsync(1, 1));
        await first.CloseAsync();
        await first.CloseAsync();
        Assert.Equal(0, Mailboxes.Held);
        await _test.SendAsync("d", "c");
        Assert.Equal(0, gone.Wakes);
        Refused(RefusalKind.Conflict, await first.LeaseAsync(1, 1));
        (MailboxSession second, _) = await _test.AttachAsync(device);
        IReadOnlyList<LeasedMessage> messages = Ok(await second.LeaseAsync(10, int.MaxValue));
        Assert.Equal([("a", 2), ("b", 1), ("c", 1)], messages.Select(m => (Text(m.Content), m.DeliveryCount)));
        Assert.Empty(gone.Taken);
    }

    [Fact]
    public async Task A_close_that_the_store_cannot_take_is_healed_by_the_next_attach()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        (MailboxSession first, _) = await _test.AttachAsync(device);
        Ok(await first.LeaseAsync(1, 1));
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        await first.CloseAsync();
        _test.Hooks.Before = null;
        Assert.Equal(0, Mailboxes.Held);
        (MailboxSession second, _) = await _test.AttachAsync(device);
        Assert.Single(Ok(await second.LeaseAsync(1, 1)));
    }

    [Fact]
    public async Task Of_two_attaches_at_once_the_one_with_the_older_epoch_loses_whoever_comes_in_last()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        var held = new TaskCompletionSource();
        _test.Hooks.After = verb => verb == "open" ? held.Task : Task.CompletedTask;
        var slow = new TestReceiver();
        Task<Result<MailboxSession>> older = Mailboxes.AttachAsync(device, slow).AsTask();
        _test.Hooks.After = null;
        (MailboxSession newer, TestReceiver holder) = await _test.AttachAsync(device);
        held.SetResult();
        MailboxSession loser = Ok(await older.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Single(slow.Taken);
        Assert.Empty(holder.Taken);
        Refused(RefusalKind.Conflict, await loser.LeaseAsync(1, 1));
        await _test.SendAsync("d", "a");
        Assert.Equal((1, 0), (holder.Wakes, slow.Wakes));
        Assert.Single(Ok(await newer.LeaseAsync(1, 1)));
        await loser.CloseAsync();
        Assert.Equal(1, Mailboxes.Held);
    }

    [Fact]
    public async Task The_older_closes_while_the_newer_is_half_in()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession older, TestReceiver told) = await _test.AttachAsync(device);
        var held = new TaskCompletionSource();
        _test.Hooks.After = verb => verb == "open" ? held.Task : Task.CompletedTask;
        var receiver = new TestReceiver();
        Task<Result<MailboxSession>> attaching = Mailboxes.AttachAsync(device, receiver).AsTask();
        await older.CloseAsync();
        held.SetResult();
        MailboxSession newer = Ok(await attaching.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Empty(told.Taken);
        Assert.Equal(1, Mailboxes.Held);
        await _test.SendAsync("d", "a");
        Assert.Equal(1, receiver.Wakes);
        Assert.Single(Ok(await newer.LeaseAsync(1, 1)));
    }

    [Fact]
    public async Task Mail_that_comes_while_a_connection_is_half_in_is_found_by_its_first_lease()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        var held = new TaskCompletionSource();
        _test.Hooks.After = verb => verb == "open" ? held.Task : Task.CompletedTask;
        Task<Result<MailboxSession>> attaching = Mailboxes.AttachAsync(device, new TestReceiver()).AsTask();
        await _test.SendAsync("d", "a");
        held.SetResult();
        MailboxSession session = Ok(await attaching.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Single(Ok(await session.LeaseAsync(1, 1)));
    }

    [Fact]
    public async Task The_wake_comes_only_after_the_mail_is_there()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        var found = new List<int>();
        receiver.OnWake = () => found.Add(Ok(session.LeaseAsync(10, int.MaxValue).AsTask().GetAwaiter().GetResult()).Count);
        await _test.SendAsync("d", "a");
        receiver.OnWake = null;
        Assert.Empty(Ok(await session.LeaseAsync(1, 1)));
        Assert.Equal([1], found);
    }

    [Fact]
    public async Task A_release_wakes_its_own_holder()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        LeasedMessage message = Ok(await session.LeaseAsync(1, 1))[0];
        Assert.Equal(0, receiver.Wakes);
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Release));
        Assert.Equal(1, receiver.Wakes);
        message = Ok(await session.LeaseAsync(1, 1))[0];
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Renew));
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Assert.Equal(1, receiver.Wakes);
    }

    [Fact]
    public async Task Many_connections_of_one_device_at_once_leave_one_holder_and_lose_no_mail()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        const int Messages = 300;
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<Sequence, int>();
        var sender = Task.Run(async () =>
        {
            for (int i = 0; i < Messages; i++)
                await _test.SendAsync("d", "x");
        });
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            for (int round = 0; seen.Count < Messages; round++)
            {
                (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
                Result<IReadOnlyList<LeasedMessage>> leased = await session.LeaseAsync(5, int.MaxValue);
                foreach (LeasedMessage message in leased.IsSuccess ? leased.Value : [])
                {
                    if ((await session.SettleAsync(message.Lease, SettleVerb.Accept)).IsSuccess)
                        seen.AddOrUpdate(message.Sequence, 1, (_, n) => n + 1);
                }

                if (!leased.IsSuccess)
                    Assert.Equal(RefusalKind.Conflict, leased.Refusal.Kind);
                await session.CloseAsync();
            }
        })));
        await sender;
        Assert.Equal(Messages, seen.Count);
        Assert.All(seen.Values, n => Assert.Equal(1, n));
        Assert.Equal(0, Mailboxes.Held);
        Assert.Equal(0, Mailboxes.Totals.Messages);
        Assert.Equal(Messages, Ok(await _test.Gateway.Outcomes.ReadAsync(0, 1_000)).Outcomes.Count);
    }
}
