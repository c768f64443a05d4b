using System.Diagnostics.Metrics;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Mailboxes;

public sealed class CommandTermsTests : IAsyncDisposable
{
    private const int Ttl = 3_600_000;

    private readonly TestGateway _test = new(
        new GatewayLimits { LeaseDurationMs = 60_000, DefaultTtlMs = 100_000, MaxTtlMs = Ttl },
        new MailboxLimits { MaxDepth = 5, RedeliveryDelayMs = 1_000, IdempotencyRetentionMs = 5_000 });

    private MailboxHub Mailboxes => _test.Gateway.Mailboxes;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Terms_that_cannot_be_kept_are_malformed()
    {
        await _test.DeviceAsync("d");
        long now = _test.NowMs;
        Refused(RefusalKind.Malformed, await SendAsync(new CommandTerms { ReplaceKey = string.Empty }));
        Refused(RefusalKind.Malformed, await SendAsync(new CommandTerms { ReplaceKey = new string('k', 129) }));
        Refused(RefusalKind.Malformed, await SendAsync(new CommandTerms { ExpiresAtMs = now + 10, NotBeforeMs = now + 10 }));
        Refused(RefusalKind.Malformed, await SendAsync(new CommandTerms { NotBeforeMs = now + Ttl }));
        Refused(RefusalKind.Malformed, await SendAsync(new CommandTerms { NotBeforeMs = long.MaxValue }));
        Refused(RefusalKind.Malformed, await SendAsync(new CommandTerms { ReportsUntilMs = now }));
        Refused(RefusalKind.Malformed, await SendAsync(new CommandTerms { ExpiresAtMs = now + 10, ReportsUntilMs = now + 11 + Ttl }));
        Ok(await SendAsync(new CommandTerms { ReplaceKey = new string('k', 128), ExpiresAtMs = now + 10, NotBeforeMs = now + 9 }));
        Ok(await SendAsync(new CommandTerms { ExpiresAtMs = now + 10, ReportsUntilMs = now + 10 + Ttl, NotBeforeMs = long.MinValue }));
    }

    [Fact]
    public async Task A_command_that_would_wait_longer_than_one_may_live_is_refused_with_that_limit()
    {
        await _test.DeviceAsync("d");
        Result<SentMessage> refused = await SendAsync(new CommandTerms { NotBeforeMs = _test.NowMs + Ttl + 1 });
        Refused(RefusalKind.Malformed, refused);
        Assert.Contains("3600 seconds", refused.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_life_begins_when_the_message_may_be_handed_out()
    {
        await _test.DeviceAsync("d");
        long now = _test.NowMs;
        Assert.Equal(now + 100_000, Ok(await SendAsync(new CommandTerms { NotBeforeMs = now - 5 })).ExpiresAtMs);
        Assert.Equal(now + 150_000, Ok(await SendAsync(new CommandTerms { NotBeforeMs = now + 50_000 })).ExpiresAtMs);
        Assert.Equal(now + Ttl, Ok(await SendAsync(new CommandTerms { NotBeforeMs = now + Ttl - 1 })).ExpiresAtMs);
    }

    [Fact]
    public async Task A_scheduled_command_wakes_its_device_when_its_time_has_come()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        SentMessage later = Ok(await SendAsync(new CommandTerms { NotBeforeMs = _test.NowMs + 1_000 }));
        Sequence second = await _test.SendAsync("d", "b");
        Assert.Equal(second, Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue))).Sequence);
        _test.Time.Advance(999);
        int wakes = receiver.Wakes;
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(wakes, receiver.Wakes);
        _test.Time.Advance(1);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(wakes + 1, receiver.Wakes);
        Assert.Equal(later.Sequence, Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue))).Sequence);
    }

    [Fact]
    public async Task A_device_is_woken_when_what_it_gave_back_may_be_handed_out_again()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        for (int i = 0; i < 2; i++)
            Ok(await session.SettleAsync(Ok(await session.LeaseAsync(1, 1))[0].Lease, SettleVerb.Release));
        Assert.Empty(Ok(await session.LeaseAsync(1, 1)));
        _test.Time.Advance(1_000);
        int wakes = receiver.Wakes;
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(wakes + 1, receiver.Wakes);
        Assert.Single(Ok(await session.LeaseAsync(1, 1)));
    }

    [Fact]
    public async Task A_repeated_command_is_answered_with_the_first_and_wakes_nobody()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (_, TestReceiver receiver) = await _test.AttachAsync(device);
        SentMessage first = Ok(await SendAsync(new CommandTerms { MessageId = "m1" }));
        int wakes = receiver.Wakes;
        using var duplicates = new Counted(_test.Gateway, "restante.messages.duplicates");
        SentMessage again = Ok(await SendAsync(new CommandTerms { MessageId = "m1" }));
        Assert.Equal((first.Sequence, true, false, 1), (again.Sequence, again.IsDuplicate, first.IsDuplicate, again.Depth));
        Assert.Equal((wakes, 1), (receiver.Wakes, duplicates.Sum));
    }

    [Fact]
    public async Task A_replaced_command_is_named_told_and_counted()
    {
        await _test.DeviceAsync("d");
        SentMessage old = Ok(await SendAsync(new CommandTerms { ReplaceKey = "k" }));
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        using var outcomes = new Counted(_test.Gateway, "restante.messages.outcomes");
        SentMessage sent = Ok(await SendAsync(new CommandTerms { ReplaceKey = "k" }));
        Assert.Equal([old.Sequence], sent.Replaced!);
        Assert.Null(old.Replaced);
        Assert.True(news.IsCompleted);
        Assert.Equal(1, outcomes.Sum);
        Assert.Equal(Outcome.Cancelled, Ok(await _test.Gateway.Outcomes.FindAsync(old.Sequence)).Outcome);
    }

    [Fact]
    public async Task A_command_is_cancelled_unless_the_device_has_it_in_hand()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence held = await _test.SendAsync("d", "a");
        Sequence waiting = await _test.SendAsync("d", "b");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Ok(await session.LeaseAsync(1, 1));
        Refused(RefusalKind.Conflict, await Mailboxes.CancelAsync(held, "backend"));
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        using var outcomes = new Counted(_test.Gateway, "restante.messages.outcomes");
        Assert.Equal(device.Number, Ok(await Mailboxes.CancelAsync(waiting, "backend")).Device);
        Assert.True(news.IsCompleted);
        Assert.Equal(1, outcomes.Sum);
        OutcomeRecord outcome = Ok(await _test.Gateway.Outcomes.FindAsync(waiting));
        Assert.Equal((Outcome.Cancelled, "Cancelled by backend."), (outcome.Outcome, outcome.Reason));
        Refused(RefusalKind.NotFound, await Mailboxes.CancelAsync(waiting, "backend"));
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Refused(RefusalKind.Unavailable, await Mailboxes.CancelAsync(held, "backend"));
    }

    [Fact]
    public async Task Whatever_ends_a_message_is_counted()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        using var outcomes = new Counted(_test.Gateway, "restante.messages.outcomes");
        foreach (string body in new[] { "takeover", "close", "lease", "sweep" })
            await _test.SendAsync("d", body, body.Length * 1_000);
        (MailboxSession first, _) = await _test.AttachAsync(device);
        Assert.Equal(4, Ok(await first.LeaseAsync(10, int.MaxValue)).Count);
        _test.Time.Advance(5_000);
        (MailboxSession second, _) = await _test.AttachAsync(device);
        Assert.Equal(3, outcomes.Sum);
        Assert.Single(Ok(await second.LeaseAsync(10, int.MaxValue)));
        _test.Time.Advance(3_000);
        await second.CloseAsync();
        Assert.Equal(4, outcomes.Sum);
    }

    [Fact]
    public async Task Wishes_for_the_end_of_a_command_are_kept()
    {
        await _test.DeviceAsync("d");
        long until = _test.NowMs + 500_000;
        SentMessage sent = Ok(await SendAsync(new CommandTerms { WantsOutcome = false, ShelveExpired = true, ReportsUntilMs = until }));
        BrowsedMessage waiting = Ok(await Mailboxes.FindWaitingAsync(sent.Sequence));
        Assert.Equal((MessageFlags.OutcomeNotWanted | MessageFlags.ShelveExpired, until), (waiting.Flags, waiting.ReportsUntilMs));
        _test.Time.Advance(100_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(Ok(await _test.Gateway.Outcomes.ReadAsync(0, 10)).Outcomes);
        OutcomeRecord outcome = Ok(await _test.Gateway.Outcomes.FindAsync(sent.Sequence));
        Assert.Equal((Outcome.Expired, until, 0), (outcome.Outcome, outcome.ReportsUntilMs, outcome.Number));
        Core.Devices.DeviceRecord device = Ok(await _test.Gateway.Devices.FindAsync("d"));
        Assert.Equal(sent.Sequence, Assert.Single(Ok(await _test.Gateway.DeadLetters.ListAsync(device, default, 10))).Sequence);
    }

    private ValueTask<Result<SentMessage>> SendAsync(CommandTerms terms) =>
        Mailboxes.SendCommandAsync(_test.Service, "d", Content("x"), terms);

    /// <summary>Adds up one counter of one gateway.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _sum;

        public Counted(Gateway gateway, string instrument)
        {
            _listener.InstrumentPublished = (published, listener) =>
            {
                if (published.Name == instrument && gateway.Metrics.Owns(published))
                    listener.EnableMeasurementEvents(published);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _sum, value));
            _listener.Start();
        }

        public long Sum => Interlocked.Read(ref _sum);

        public void Dispose() => _listener.Dispose();
    }
}
