using System.Collections.Concurrent;
using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Outcomes;

public sealed class OutcomeReaderTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits { MaxOutcomesInFlight = 4 });

    private readonly Dictionary<long, TakenItem<OutcomeRecord>> _taken = [];

    private FeedReader<OutcomeRecord> Reader => _test.Gateway.Outcomes.Reader("backend");

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Competing_receivers_share_the_outcomes_and_another_reader_gets_them_all()
    {
        await MakeOutcomesAsync(_test, 4);
        Assert.Same(Reader, _test.Gateway.Outcomes.Reader("backend"));
        IReadOnlyList<TakenItem<OutcomeRecord>> one = await TakeAsync(2);
        IReadOnlyList<TakenItem<OutcomeRecord>> two = await TakeAsync(10);
        Assert.Equal([1, 2], Numbers(one));
        Assert.Equal([3, 4], Numbers(two));
        Assert.Empty(await TakeAsync(10));
        Assert.Equal([1, 2, 3, 4], Numbers(Ok(await _test.Gateway.Outcomes.Reader("other").TakeAsync(10))));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Reader.TakeAsync(0));
    }

    [Fact]
    public async Task The_cursor_passes_only_what_is_accepted_without_a_gap()
    {
        await MakeOutcomesAsync(_test, 4);
        await TakeAsync(4);
        Assert.True(Ok(await AcceptAsync(2)));
        Assert.True(Ok(await AcceptAsync(2)));
        Assert.Equal(0, await CursorAsync());
        Assert.True(Ok(await AcceptAsync(1)));
        Assert.Equal(2, await CursorAsync());
        Assert.True(Ok(await AcceptAsync(4)));
        Assert.Equal(2, await CursorAsync());
        Assert.True(Ok(await AcceptAsync(3)));
        Assert.Equal(4, await CursorAsync());
        Assert.False(Ok(await AcceptAsync(3)));
        Assert.False(Ok(await Reader.AcceptAsync(_taken[3] with { Number = 99 })));
    }

    [Fact]
    public async Task After_a_restart_reading_goes_on_behind_the_cursor()
    {
        await MakeOutcomesAsync(_test, 4);
        await TakeAsync(4);
        Ok(await AcceptAsync(1));
        Ok(await AcceptAsync(3));
        using Gateway again = _test.Reopen();
        Assert.Equal([2, 3, 4], Numbers(Ok(await again.Outcomes.Reader("backend").TakeAsync(10))));
    }

    [Fact]
    public async Task What_is_given_back_comes_first_and_wakes_the_others()
    {
        await MakeOutcomesAsync(_test, 4);
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = await TakeAsync(3);
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        Reader.Release(taken[2]);
        Reader.Release(taken[0]);
        Assert.True(news.IsCompleted);
        Assert.False(Ok(await AcceptAsync(1)));
        Assert.Equal([1, 3], Numbers(await TakeAsync(2)));
        Assert.Equal([4], Numbers(await TakeAsync(2)));
        foreach (long number in new long[] { 1, 2, 3, 4 })
            Assert.True(Ok(await AcceptAsync(number)));
        Assert.Equal(4, await CursorAsync());
    }

    [Fact]
    public async Task What_was_accepted_cannot_be_given_back_and_what_was_given_back_twice_comes_once()
    {
        await MakeOutcomesAsync(_test, 2);
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = await TakeAsync(2);
        Ok(await AcceptAsync(2));
        Reader.Release(taken[1]);
        Assert.Empty(await TakeAsync(10));
        Reader.Release(taken[0]);
        Reader.Release(taken[0]);
        Assert.Equal([1], Numbers(await TakeAsync(10)));
        Assert.Empty(await TakeAsync(10));
        Ok(await AcceptAsync(1));
        Reader.Release(taken[0]);
        Assert.Empty(await TakeAsync(10));
    }

    [Fact]
    public async Task So_many_are_in_flight_and_room_is_told_to_those_who_found_none()
    {
        await MakeOutcomesAsync(_test, 6);
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = await TakeAsync(10);
        Assert.Equal([1, 2, 3, 4], Numbers(taken));
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        Assert.Empty(await TakeAsync(10));
        Ok(await AcceptAsync(2));
        Assert.False(news.IsCompleted);
        Assert.Empty(await TakeAsync(10));
        Ok(await AcceptAsync(1));
        Assert.True(news.IsCompleted);
        Assert.Equal([5, 6], Numbers(await TakeAsync(10)));
        Task quiet = _test.Gateway.Outcomes.Added.NextPulse();
        Ok(await AcceptAsync(3));
        Assert.True(quiet.IsCompleted); // The last take asked for ten and was held at two by the room there was.
        Assert.Empty(await TakeAsync(1));
        quiet = _test.Gateway.Outcomes.Added.NextPulse();
        Ok(await AcceptAsync(4));
        Assert.False(quiet.IsCompleted);
    }

    [Fact]
    public async Task What_was_given_back_is_handed_out_even_when_the_window_is_full()
    {
        await MakeOutcomesAsync(_test, 6);
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = await TakeAsync(4);
        Reader.Release(taken[3]);
        Assert.Equal([4], Numbers(await TakeAsync(10)));
    }

    [Fact]
    public async Task A_cursor_that_cannot_be_written_leaves_the_outcome_with_its_receiver()
    {
        await MakeOutcomesAsync(_test, 3);
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = await TakeAsync(3);
        Ok(await AcceptAsync(2));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await AcceptAsync(1));
        _test.Memory.Unavailable = false;
        Assert.Equal(0, await CursorAsync());
        Assert.True(Ok(await AcceptAsync(3)));
        Assert.Equal(0, await CursorAsync());
        Reader.Release(taken[0]);
        Assert.Equal([1], Numbers(await TakeAsync(10)));
        Assert.True(Ok(await AcceptAsync(1)));
        Assert.Equal(3, await CursorAsync());
    }

    [Fact]
    public async Task The_cursor_never_passes_an_acceptance_that_was_refused_meanwhile()
    {
        await MakeOutcomesAsync(_test, 2);
        await TakeAsync(2);
        var held = new TaskCompletionSource();
        _test.Hooks.Before = verb => verb == "set-cursor" ? FailLaterAsync() : Task.CompletedTask;
        async Task FailLaterAsync()
        {
            await held.Task;
            throw new StoreUnavailableException("full");
        }

        Task<Result<bool>> first = AcceptAsync(1);
        Task<Result<bool>> second = AcceptAsync(2);
        Assert.False(first.IsCompleted);
        _test.Hooks.Before = null;
        held.SetResult();
        Refused(RefusalKind.Unavailable, await first);
        Assert.True(Ok(await second));
        Assert.Equal(0, await CursorAsync());
        Ok(await AcceptAsync(1));
        Assert.Equal(2, await CursorAsync());
    }

    [Fact]
    public async Task A_read_that_fails_loses_nothing()
    {
        await MakeOutcomesAsync(_test, 3);
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Refused(RefusalKind.Unavailable, await Reader.TakeAsync(1));
        _test.Hooks.Before = null;
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = await TakeAsync(1);
        Reader.Release(taken[0]);
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Assert.Equal([1], Numbers(await TakeAsync(2)));
        Refused(RefusalKind.Unavailable, await Reader.TakeAsync(2));
        _test.Hooks.Before = null;
        Assert.Equal([2, 3], Numbers(await TakeAsync(2)));
    }

    [Fact]
    public async Task What_is_held_beyond_its_lease_goes_to_another_who_alone_can_accept_it_then()
    {
        await MakeOutcomesAsync(_test, 4);
        IReadOnlyList<TakenItem<OutcomeRecord>> idle = await TakeAsync(2);
        _test.Time.Advance(1);
        await TakeAsync(2);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        _test.Time.Advance(_test.Gateway.Limits.LeaseDurationMs - 2);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.False(news.IsCompleted);
        Assert.Empty(await TakeAsync(10));
        _test.Time.Advance(1);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.True(news.IsCompleted);
        Assert.Equal([1, 2], Numbers(await TakeAsync(10)));
        Assert.False(Ok(await Reader.AcceptAsync(idle[0])));
        Reader.Release(idle[1]);
        Assert.Empty(await TakeAsync(10));
        Assert.True(Ok(await AcceptAsync(1)));
        Assert.True(Ok(await AcceptAsync(2)));
        Assert.Equal(2, await CursorAsync());
    }

    [Fact]
    public async Task What_is_accepted_late_counts_while_nobody_else_was_handed_it()
    {
        await MakeOutcomesAsync(_test, 3);
        IReadOnlyList<TakenItem<OutcomeRecord>> idle = await TakeAsync(3);
        _test.Time.Advance(_test.Gateway.Limits.LeaseDurationMs);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.True(Ok(await Reader.AcceptAsync(idle[0])));
        Reader.Release(idle[1]);
        Assert.False(Ok(await Reader.AcceptAsync(idle[1])));
        Assert.Equal([2, 3], Numbers(await TakeAsync(10)));
        Assert.Equal(1, await CursorAsync());
    }

    [Fact]
    public async Task A_lease_does_not_lapse_of_what_was_accepted_before_a_gap()
    {
        await MakeOutcomesAsync(_test, 2);
        await TakeAsync(2);
        Ok(await AcceptAsync(2));
        _test.Time.Advance(_test.Gateway.Limits.LeaseDurationMs);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal([1], Numbers(await TakeAsync(10)));
        Ok(await AcceptAsync(1));
        Assert.Equal(2, await CursorAsync());
    }

    [Fact]
    public async Task A_policy_that_is_removed_leaves_no_cursor_behind_for_the_next_of_its_name()
    {
        string name = OutcomeFeed.ReaderOf("billing");
        Ok(await _test.Gateway.Policies.CreateAsync("billing", Rights.Send));
        await MakeOutcomesAsync(_test, 2);
        FeedReader<OutcomeRecord> old = _test.Gateway.Outcomes.Reader(name);
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = Ok(await old.TakeAsync(2));
        Ok(await old.AcceptAsync(taken[0]));
        Assert.Equal(1, await _test.Memory.Mailboxes.GetCursorAsync(name));
        Ok(await _test.Gateway.Policies.RemoveAsync("billing"));
        Assert.False(Ok(await old.AcceptAsync(taken[1])));
        Assert.Empty(Ok(await old.TakeAsync(10)));
        Assert.Equal(0, await _test.Memory.Mailboxes.GetCursorAsync(name));

        // A removal that was cut short is made good for by the next creation.
        await _test.Memory.Mailboxes.SetCursorAsync(name, 2, 1);
        Ok(await _test.Gateway.Policies.CreateAsync("billing", Rights.Send));
        Assert.Equal([1, 2], Numbers(Ok(await _test.Gateway.Outcomes.Reader(name).TakeAsync(10))));
    }

    [Fact]
    public async Task What_retention_dropped_is_passed_over_and_counted()
    {
        await using var test = new TestGateway(null, new MailboxLimits { OutcomeRetentionMs = 1_000 });
        await MakeOutcomesAsync(test, 3);
        FeedReader<OutcomeRecord> reader = test.Gateway.Outcomes.Reader("backend");
        TakenItem<OutcomeRecord> first = Assert.Single(Ok(await reader.TakeAsync(1)));
        test.Time.Advance(5_000);
        await test.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(Ok(await reader.TakeAsync(10)));
        await MakeOutcomesAsync(test, 1);
        TakenItem<OutcomeRecord> fourth = Assert.Single(Ok(await reader.TakeAsync(10)));
        Assert.Equal((1, 4, 2), (first.Number, fourth.Number, reader.Skipped));
        Ok(await reader.AcceptAsync(fourth));
        Ok(await reader.AcceptAsync(first));
        Assert.Equal(4, await test.Memory.Mailboxes.GetCursorAsync("backend"));
    }

    [Fact]
    public async Task Many_receivers_at_once_accept_each_outcome_once_while_some_give_back_and_the_store_stumbles()
    {
        const int Outcomes = 400;
        await using var test = new TestGateway(new GatewayLimits { MaxOutcomesInFlight = 10 });
        FeedReader<OutcomeRecord> reader = test.Gateway.Outcomes.Reader("backend");
        var inHand = new ConcurrentDictionary<long, bool>();
        var accepted = new ConcurrentDictionary<long, int>();
        int writes = 0;
        test.Hooks.Before = verb => verb == "set-cursor" && Interlocked.Increment(ref writes) % 7 == 0
            ? throw new StoreUnavailableException("full")
            : Task.CompletedTask;
        Task<Task> makers = Task.Factory.StartNew(() => MakeOutcomesAsync(test, Outcomes), default, TaskCreationOptions.None, TaskScheduler.Default);
        Task[] receivers = [.. Enumerable.Range(1, 6).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (accepted.Count < Outcomes)
            {
                Task news = test.Gateway.Outcomes.Added.NextPulse();
                IReadOnlyList<TakenItem<OutcomeRecord>> taken = Ok(await reader.TakeAsync(random.Next(1, 5)));
                foreach (TakenItem<OutcomeRecord> outcome in taken)
                {
                    Assert.True(inHand.TryAdd(outcome.Number, true), "in two hands at once");
                    Assert.False(accepted.ContainsKey(outcome.Number), "after it was accepted");
                    bool give = random.Next(4) == 0;
                    inHand.TryRemove(outcome.Number, out _);
                    if (!give)
                    {
                        Result<bool> result;
                        do
                            result = await reader.AcceptAsync(outcome);
                        while (!result.IsSuccess);
                        Assert.True(result.Value);
                        accepted.AddOrUpdate(outcome.Number, 1, (_, n) => n + 1);
                        if (accepted.Count == Outcomes)
                            test.Gateway.Outcomes.Added.Pulse();
                    }
                    else
                    {
                        reader.Release(outcome);
                    }
                }

                if (taken.Count == 0 && accepted.Count < Outcomes)
                    await news.WaitAsync(TimeSpan.FromSeconds(30));
            }
        }))];
        await (await makers);
        await Task.WhenAll(receivers).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.All(accepted.Values, n => Assert.Equal(1, n));
        test.Hooks.Before = null;
        Assert.Empty(Ok(await reader.TakeAsync(10)));
        Assert.Equal(Outcomes, await test.Memory.Mailboxes.GetCursorAsync("backend"));
    }

    /// <summary>Sends commands and lets the device accept them.</summary>
    internal static async Task MakeOutcomesAsync(TestGateway test, int count)
    {
        Result<Core.Devices.DeviceRecord> found = await test.Gateway.Devices.FindAsync("maker");
        DevicePrincipal device = found.IsSuccess ? Principal(found.Value) : await test.DeviceAsync("maker");
        (MailboxSession session, _) = await test.AttachAsync(device);
        for (int i = 0; i < count; i++)
        {
            await test.SendAsync("maker", "x");
            LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(1, 1)));
            Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        }

        await session.CloseAsync();
    }

    private static IEnumerable<long> Numbers(IEnumerable<TakenItem<OutcomeRecord>> outcomes) => outcomes.Select(o => o.Number);

    private ValueTask<long> CursorAsync() => _test.Memory.Mailboxes.GetCursorAsync("backend");

    private async Task<IReadOnlyList<TakenItem<OutcomeRecord>>> TakeAsync(int max)
    {
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = Ok(await Reader.TakeAsync(max));
        foreach (TakenItem<OutcomeRecord> outcome in taken)
            _taken[outcome.Number] = outcome;
        return taken;
    }

    // By who took it last.
    private Task<Result<bool>> AcceptAsync(long number) => Reader.AcceptAsync(_taken[number]).AsTask();
}
