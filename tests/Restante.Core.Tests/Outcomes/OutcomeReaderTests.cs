using System.Collections.Concurrent;
using Restante.Core.Access;
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

    private OutcomeReader Reader => _test.Gateway.Outcomes.Reader("backend");

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Competing_receivers_share_the_outcomes_and_another_reader_gets_them_all()
    {
        await MakeOutcomesAsync(_test, 4);
        Assert.Same(Reader, _test.Gateway.Outcomes.Reader("backend"));
        IReadOnlyList<OutcomeRecord> one = await TakeAsync(2);
        IReadOnlyList<OutcomeRecord> two = await TakeAsync(10);
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
        Assert.True(Ok(await Reader.AcceptAsync(2)));
        Assert.True(Ok(await Reader.AcceptAsync(2)));
        Assert.Equal(0, await CursorAsync());
        Assert.True(Ok(await Reader.AcceptAsync(1)));
        Assert.Equal(2, await CursorAsync());
        Assert.True(Ok(await Reader.AcceptAsync(4)));
        Assert.Equal(2, await CursorAsync());
        Assert.True(Ok(await Reader.AcceptAsync(3)));
        Assert.Equal(4, await CursorAsync());
        Assert.False(Ok(await Reader.AcceptAsync(3)));
        Assert.False(Ok(await Reader.AcceptAsync(99)));
    }

    [Fact]
    public async Task After_a_restart_reading_goes_on_behind_the_cursor()
    {
        await MakeOutcomesAsync(_test, 4);
        await TakeAsync(4);
        Ok(await Reader.AcceptAsync(1));
        Ok(await Reader.AcceptAsync(3));
        using Gateway again = _test.Reopen();
        Assert.Equal([2, 3, 4], Numbers(Ok(await again.Outcomes.Reader("backend").TakeAsync(10))));
    }

    [Fact]
    public async Task What_is_given_back_comes_first_and_wakes_the_others()
    {
        await MakeOutcomesAsync(_test, 4);
        IReadOnlyList<OutcomeRecord> taken = await TakeAsync(3);
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        Reader.Release(taken[2]);
        Reader.Release(taken[0]);
        Assert.True(news.IsCompleted);
        Assert.False(Ok(await Reader.AcceptAsync(1)));
        Assert.Equal([1, 3], Numbers(await TakeAsync(2)));
        Assert.Equal([4], Numbers(await TakeAsync(2)));
        foreach (long number in new long[] { 1, 2, 3, 4 })
            Assert.True(Ok(await Reader.AcceptAsync(number)));
        Assert.Equal(4, await CursorAsync());
    }

    [Fact]
    public async Task What_was_accepted_cannot_be_given_back_and_what_was_given_back_twice_comes_once()
    {
        await MakeOutcomesAsync(_test, 2);
        IReadOnlyList<OutcomeRecord> taken = await TakeAsync(2);
        Ok(await Reader.AcceptAsync(2));
        Reader.Release(taken[1]);
        Assert.Empty(await TakeAsync(10));
        Reader.Release(taken[0]);
        Reader.Release(taken[0]);
        Assert.Equal([1], Numbers(await TakeAsync(10)));
        Assert.Empty(await TakeAsync(10));
        Ok(await Reader.AcceptAsync(1));
        Reader.Release(taken[0]);
        Assert.Empty(await TakeAsync(10));
    }

    [Fact]
    public async Task So_many_are_in_flight_and_room_is_told_to_those_who_found_none()
    {
        await MakeOutcomesAsync(_test, 6);
        IReadOnlyList<OutcomeRecord> taken = await TakeAsync(10);
        Assert.Equal([1, 2, 3, 4], Numbers(taken));
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        Assert.Empty(await TakeAsync(10));
        Ok(await Reader.AcceptAsync(2));
        Assert.False(news.IsCompleted);
        Assert.Empty(await TakeAsync(10));
        Ok(await Reader.AcceptAsync(1));
        Assert.True(news.IsCompleted);
        Assert.Equal([5, 6], Numbers(await TakeAsync(10)));
        Task quiet = _test.Gateway.Outcomes.Added.NextPulse();
        Ok(await Reader.AcceptAsync(3));
        Assert.True(quiet.IsCompleted); // The last take asked for ten and was held at two by the room there was.
        Assert.Empty(await TakeAsync(1));
        quiet = _test.Gateway.Outcomes.Added.NextPulse();
        Ok(await Reader.AcceptAsync(4));
        Assert.False(quiet.IsCompleted);
    }

    [Fact]
    public async Task What_was_given_back_is_handed_out_even_when_the_window_is_full()
    {
        await MakeOutcomesAsync(_test, 6);
        IReadOnlyList<OutcomeRecord> taken = await TakeAsync(4);
        Reader.Release(taken[3]);
        Assert.Equal([4], Numbers(await TakeAsync(10)));
    }

    [Fact]
    public async Task A_cursor_that_cannot_be_written_leaves_the_outcome_with_its_receiver()
    {
        await MakeOutcomesAsync(_test, 3);
        IReadOnlyList<OutcomeRecord> taken = await TakeAsync(3);
        Ok(await Reader.AcceptAsync(2));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Reader.AcceptAsync(1));
        _test.Memory.Unavailable = false;
        Assert.Equal(0, await CursorAsync());
        Assert.True(Ok(await Reader.AcceptAsync(3)));
        Assert.Equal(0, await CursorAsync());
        Reader.Release(taken[0]);
        Assert.Equal([1], Numbers(await TakeAsync(10)));
        Assert.True(Ok(await Reader.AcceptAsync(1)));
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

        Task<Result<bool>> first = Reader.AcceptAsync(1).AsTask();
        Task<Result<bool>> second = Reader.AcceptAsync(2).AsTask();
        Assert.False(first.IsCompleted);
        _test.Hooks.Before = null;
        held.SetResult();
        Refused(RefusalKind.Unavailable, await first);
        Assert.True(Ok(await second));
        Assert.Equal(0, await CursorAsync());
        Ok(await Reader.AcceptAsync(1));
        Assert.Equal(2, await CursorAsync());
    }

    [Fact]
    public async Task A_read_that_fails_loses_nothing()
    {
        await MakeOutcomesAsync(_test, 3);
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Refused(RefusalKind.Unavailable, await Reader.TakeAsync(1));
        _test.Hooks.Before = null;
        IReadOnlyList<OutcomeRecord> taken = await TakeAsync(1);
        Reader.Release(taken[0]);
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Assert.Equal([1], Numbers(await TakeAsync(2)));
        Refused(RefusalKind.Unavailable, await Reader.TakeAsync(2));
        _test.Hooks.Before = null;
        Assert.Equal([2, 3], Numbers(await TakeAsync(2)));
    }

    [Fact]
    public async Task What_retention_dropped_is_passed_over_and_counted()
    {
        await using var test = new TestGateway(null, new MailboxLimits { OutcomeRetentionMs = 1_000 });
        await MakeOutcomesAsync(test, 3);
        OutcomeReader reader = test.Gateway.Outcomes.Reader("backend");
        Assert.Equal([1], Numbers(Ok(await reader.TakeAsync(1))));
        test.Time.Advance(5_000);
        await test.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(Ok(await reader.TakeAsync(10)));
        await MakeOutcomesAsync(test, 1);
        Assert.Equal([4], Numbers(Ok(await reader.TakeAsync(10))));
        Assert.Equal(2, reader.Skipped);
        Ok(await reader.AcceptAsync(4));
        Ok(await reader.AcceptAsync(1));
        Assert.Equal(4, await test.Memory.Mailboxes.GetOutcomeCursorAsync("backend"));
    }

    [Fact]
    public async Task Many_receivers_at_once_accept_each_outcome_once_while_some_give_back_and_the_store_stumbles()
    {
        const int Outcomes = 400;
        await using var test = new TestGateway(new GatewayLimits { MaxOutcomesInFlight = 10 });
        OutcomeReader reader = test.Gateway.Outcomes.Reader("backend");
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
                IReadOnlyList<OutcomeRecord> taken = Ok(await reader.TakeAsync(random.Next(1, 5)));
                foreach (OutcomeRecord outcome in taken)
                {
                    Assert.True(inHand.TryAdd(outcome.Number, true), "in two hands at once");
                    Assert.False(accepted.ContainsKey(outcome.Number), "after it was accepted");
                    bool give = random.Next(4) == 0;
                    inHand.TryRemove(outcome.Number, out _);
                    if (!give)
                    {
                        Result<bool> result;
                        do
                            result = await reader.AcceptAsync(outcome.Number);
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
        Assert.Equal(Outcomes, await test.Memory.Mailboxes.GetOutcomeCursorAsync("backend"));
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

    private static IEnumerable<long> Numbers(IEnumerable<OutcomeRecord> outcomes) => outcomes.Select(o => o.Number);

    private ValueTask<long> CursorAsync() => _test.Memory.Mailboxes.GetOutcomeCursorAsync("backend");

    private async Task<IReadOnlyList<OutcomeRecord>> TakeAsync(int max) => Ok(await Reader.TakeAsync(max));
}
