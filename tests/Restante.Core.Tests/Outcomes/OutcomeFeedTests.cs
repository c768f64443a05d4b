using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Outcomes;

public sealed class OutcomeFeedTests : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TestGateway _test = new();

    private OutcomeFeed Outcomes => _test.Gateway.Outcomes;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_wait_ends_at_once_when_the_outcome_is_there_or_comes()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage message = Ok(await session.LeaseAsync(1, 1))[0];
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(sequence, s_patience, default).AsTask();
        Assert.False(waiting.IsCompleted);
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Assert.Equal(Outcome.Accepted, Ok(await waiting.WaitAsync(s_patience)).Outcome);
        Assert.True(Outcomes.WaitAsync(sequence, s_patience, default).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_wait_passes_over_the_outcomes_of_others()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence first = await _test.SendAsync("d", "a");
        Sequence second = await _test.SendAsync("d", "b");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        IReadOnlyList<LeasedMessage> messages = Ok(await session.LeaseAsync(2, int.MaxValue));
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(second, s_patience, default).AsTask();
        Ok(await session.SettleAsync(messages[0].Lease, SettleVerb.Accept));
        Ok(await session.SettleAsync(messages[1].Lease, SettleVerb.Reject));
        Assert.Equal((second, Outcome.Rejected), (Ok(await waiting.WaitAsync(s_patience)).Sequence, Ok(await waiting).Outcome));
        Assert.Equal(Outcome.Accepted, Ok(await Outcomes.FindAsync(first)).Outcome);
    }

    [Fact]
    public async Task A_wait_sees_an_outcome_that_is_not_told_in_the_feed()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        var untold = new CommandTerms { WantsOutcome = false };
        Sequence sequence = Ok(await _test.Gateway.Mailboxes.SendCommandAsync(_test.Service, "d", Content("a"), untold)).Sequence;
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage message = Ok(await session.LeaseAsync(1, 1))[0];
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(sequence, s_patience, default).AsTask();
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Assert.Equal(Outcome.Accepted, Ok(await waiting.WaitAsync(s_patience)).Outcome);
    }

    [Fact]
    public async Task A_wait_ends_with_its_patience()
    {
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(new Sequence(9), s_patience, default).AsTask();
        _test.Time.Advance(29_999);
        Assert.False(waiting.IsCompleted);
        _test.Time.Advance(1);
        Refused(RefusalKind.NotFound, await waiting.WaitAsync(s_patience));
        Refused(RefusalKind.NotFound, await Outcomes.WaitAsync(new Sequence(9), TimeSpan.Zero, default));
    }

    [Fact]
    public async Task Other_news_does_not_lengthen_the_patience()
    {
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(new Sequence(9), s_patience, default).AsTask();
        await OutcomeReaderTests.MakeOutcomesAsync(_test, 2);
        _test.Time.Advance(29_999);
        Assert.False(waiting.IsCompleted);
        _test.Time.Advance(1);
        Refused(RefusalKind.NotFound, await waiting.WaitAsync(s_patience));
    }

    [Fact]
    public async Task Many_waiters_look_twice_each_however_many_other_outcomes_come()
    {
        const int Waiters = 50;
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        var sent = new List<Sequence>();
        for (int i = 0; i < Waiters; i++)
            sent.Add(await _test.SendAsync("d", "x"));
        int looks = 0;
        _test.Hooks.Before = verb =>
        {
            if (verb == "find-outcome")
                Interlocked.Increment(ref looks);
            return Task.CompletedTask;
        };
        Task<Result<OutcomeRecord>[]> waiting = Task.WhenAll(sent.Select(s => Outcomes.WaitAsync(s, s_patience, default).AsTask()));
        await OutcomeReaderTests.MakeOutcomesAsync(_test, 20);
        foreach (LeasedMessage message in Ok(await session.LeaseAsync(Waiters, int.MaxValue)))
            Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Assert.Equal(sent, (await waiting.WaitAsync(s_patience)).Select(r => Ok(r).Sequence));
        Assert.Equal(2 * Waiters, looks);
        Assert.Equal(0, Outcomes.Waiting);
    }

    [Fact]
    public async Task Nothing_is_left_of_waits_that_end_without_an_outcome()
    {
        using var cancellation = new CancellationTokenSource();
        Task<Result<OutcomeRecord>> one = Outcomes.WaitAsync(new Sequence(8), s_patience, default).AsTask();
        Task<Result<OutcomeRecord>> same = Outcomes.WaitAsync(new Sequence(8), s_patience, default).AsTask();
        Task<Result<OutcomeRecord>> other = Outcomes.WaitAsync(new Sequence(9), s_patience, cancellation.Token).AsTask();
        Assert.Equal(2, Outcomes.Waiting);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        Assert.Equal(1, Outcomes.Waiting);
        _test.Time.Advance(30_000);
        await Task.WhenAll(one, same).WaitAsync(s_patience);
        Assert.Equal(0, Outcomes.Waiting);
    }

    [Fact]
    public async Task A_wait_hears_of_what_ends_when_it_is_asked_for()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a", ttlMs: 5_000);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(sequence, s_patience, default).AsTask();
        _test.Time.Advance(5_000);
        Assert.Empty(Ok(await session.LeaseAsync(1, int.MaxValue)));
        Assert.Equal(sequence, Assert.Single(Ok(await Outcomes.ReadAsync(0, 10)).Outcomes).Sequence);
        Assert.Equal(Outcome.Expired, Ok(await waiting.WaitAsync(s_patience)).Outcome);
    }

    [Theory]
    [InlineData(Outcome.Cancelled)]
    [InlineData(Outcome.DeviceRemoved)]
    public async Task A_wait_hears_of_what_ends_with_the_mailbox_or_the_device(Outcome outcome)
    {
        await _test.DeviceAsync("d");
        var quiet = new CommandTerms { WantsOutcome = false };
        Sequence sequence = Ok(await _test.Gateway.Mailboxes.SendCommandAsync(_test.Service, "d", Content("a"), quiet)).Sequence;
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(sequence, s_patience, default).AsTask();
        if (outcome == Outcome.DeviceRemoved)
            Ok(await _test.Gateway.Devices.RemoveAsync("d"));
        else
            Ok(await _test.Gateway.Mailboxes.PurgeAsync(Ok(await _test.Gateway.Devices.FindAsync("d")), "operator"));
        Assert.Equal(outcome, Ok(await waiting.WaitAsync(s_patience)).Outcome);
    }

    [Fact]
    public async Task A_wait_outlives_a_store_that_cannot_be_read_for_a_while()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(sequence, s_patience, default).AsTask();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _test.Hooks.Before = verb =>
        {
            if (verb != "find-outcome")
                return Task.CompletedTask;
            failed.TrySetResult();
            throw new StoreUnavailableException("full");
        };
        Ok(await session.SettleAsync(Ok(await session.LeaseAsync(1, 1))[0].Lease, SettleVerb.Accept));
        await failed.Task.WaitAsync(s_patience);
        _test.Hooks.Before = null;
        while (!waiting.IsCompleted)
        {
            await _test.Gateway.Maintenance.RunOnceAsync();
            await Task.Yield();
        }

        Assert.Equal(Outcome.Accepted, Ok(await waiting).Outcome);
    }

    [Fact]
    public async Task The_newest_number_is_known_at_once()
    {
        Assert.Equal(0, Ok(await Outcomes.FindLastAsync()));
        await OutcomeReaderTests.MakeOutcomesAsync(_test, 3);
        Assert.Equal(3, Ok(await Outcomes.FindLastAsync()));
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Refused(RefusalKind.Unavailable, await Outcomes.FindLastAsync());
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_fails_when_the_store_does()
    {
        using var cancellation = new CancellationTokenSource();
        Task<Result<OutcomeRecord>> waiting = Outcomes.WaitAsync(new Sequence(9), s_patience, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Refused(RefusalKind.Unavailable, await Outcomes.WaitAsync(new Sequence(9), s_patience, default));
        Refused(RefusalKind.Unavailable, await Outcomes.FindAsync(new Sequence(9)));
        Refused(RefusalKind.Unavailable, await Outcomes.ReadAsync(0, 1));
    }

    [Fact]
    public async Task The_feed_is_read_by_number()
    {
        await OutcomeReaderTests.MakeOutcomesAsync(_test, 3);
        Assert.Equal([1, 2, 3], Ok(await Outcomes.ReadAsync(0, 10)).Outcomes.Select(o => o.Number));
        Assert.Equal([2], Ok(await Outcomes.ReadAsync(1, 1)).Outcomes.Select(o => o.Number));
        Refused(RefusalKind.Malformed, await Outcomes.ReadAsync(-1, 1));
        Refused(RefusalKind.Malformed, await Outcomes.ReadAsync(0, 0));
        Refused(RefusalKind.Malformed, await Outcomes.ReadAsync(0, 1_001));
    }

    [Fact]
    public async Task Each_of_many_waiters_gets_its_own_outcome()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        var sent = new List<Sequence>();
        for (int i = 0; i < 100; i++)
            sent.Add(await _test.SendAsync("d", "x"));
        Task<Result<OutcomeRecord>[]> waiting = Task.WhenAll(
            sent.Select(s => Task.Run(async () => await Outcomes.WaitAsync(s, s_patience, default))));
        foreach (LeasedMessage message in Ok(await session.LeaseAsync(100, int.MaxValue)))
            Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Assert.Equal(sent, (await waiting.WaitAsync(s_patience)).Select(r => Ok(r).Sequence));
    }
}
