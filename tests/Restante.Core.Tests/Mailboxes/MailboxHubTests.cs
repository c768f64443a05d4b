using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Mailboxes;

public sealed class MailboxHubTests : IAsyncDisposable
{
    private const int Ttl = 3_600_000;

    private readonly TestGateway _test = new(
        new GatewayLimits { MaxMessageBytes = 1_024, LeaseDurationMs = 60_000, DefaultTtlMs = 100_000, MaxTtlMs = Ttl },
        new MailboxLimits { MaxDepth = 5, MaxBytes = 3_000, MaxDeliveries = 3, RedeliveryDelayMs = 0 });

    private MailboxHub Mailboxes => _test.Gateway.Mailboxes;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_command_waits_for_its_device_and_is_accepted()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        SentMessage sent = Ok(await SendAsync("d", "start", new CommandTerms { MessageId = "m1", ExpiresAtMs = _test.NowMs + 5_000 }));
        Assert.Equal((1, _test.NowMs + 5_000), (sent.Depth, sent.ExpiresAtMs));
        long enqueued = _test.NowMs;
        _test.Time.Advance(1_000);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Assert.Equal("start", Text(message.Content));
        Assert.Equal(
            (sent.Sequence, 1, "m1", enqueued, sent.ExpiresAtMs, _test.NowMs + 60_000),
            (message.Sequence, message.DeliveryCount, message.MessageId, message.EnqueuedAtMs, message.ExpiresAtMs, message.LeasedUntilMs));
        Assert.Empty(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Assert.Equal(Outcome.Accepted, Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept, "done")).Outcome);
        OutcomeRecord outcome = Ok(await _test.Gateway.Outcomes.FindAsync(sent.Sequence));
        Assert.Equal(
            (Outcome.Accepted, "done", "m1", "backend", 1, "d"),
            (outcome.Outcome, outcome.Reason, outcome.MessageId, outcome.Sender, outcome.DeliveryCount, outcome.Device.Value));
        Refused(RefusalKind.Expired, await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Refused(RefusalKind.NotFound, await Mailboxes.FindWaitingAsync(sent.Sequence));
    }

    [Fact]
    public async Task What_cannot_be_sent_is_refused_by_kind()
    {
        await _test.DeviceAsync("d");
        long now = _test.NowMs;
        Refused(RefusalKind.NotFound, await SendAsync("nobody", "x"));
        Refused(RefusalKind.NotFound, await SendAsync("a/b", "x"));
        Refused(RefusalKind.NotFound, await SendAsync(new string('x', 100_000), "x"));
        Refused(RefusalKind.TooLarge, await Mailboxes.SendCommandAsync(_test.Service, "d", new byte[1_025]));
        Refused(RefusalKind.Malformed, await SendAsync("d", "x", new CommandTerms { MessageId = new string('m', 257) }));
        Refused(RefusalKind.Malformed, await SendAsync("d", "x", new CommandTerms { MessageId = "" }));
        foreach (long past in new[] { now, now - 1, 0, long.MinValue })
            Refused(RefusalKind.Expired, await SendAsync("d", "x", new CommandTerms { ExpiresAtMs = past }));
        foreach (long far in new[] { now + Ttl + 1, long.MaxValue })
            Refused(RefusalKind.Malformed, await SendAsync("d", "x", new CommandTerms { ExpiresAtMs = far }));
        Assert.Equal(0, Mailboxes.Totals.Messages);
        var longest = new CommandTerms { MessageId = new string('m', 256), ExpiresAtMs = now + Ttl };
        Ok(await Mailboxes.SendCommandAsync(_test.Service, "d", new byte[1_024], longest));
        Assert.Equal(now + 100_000, Ok(await SendAsync("d", "x")).ExpiresAtMs);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_by_messages_and_by_bytes_until_there_is_room()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        for (int i = 0; i < 5; i++)
            await _test.SendAsync("d", "x");
        Refused(RefusalKind.MailboxFull, await SendAsync("d", "x"));
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage first = Ok(await session.LeaseAsync(1, int.MaxValue))[0];
        Refused(RefusalKind.MailboxFull, await SendAsync("d", "x"));
        Ok(await session.SettleAsync(first.Lease, SettleVerb.Accept));
        Ok(await SendAsync("d", "x"));
        await _test.DeviceAsync("e");
        Ok(await Mailboxes.SendCommandAsync(_test.Service, "e", new byte[1_000]));
        Ok(await Mailboxes.SendCommandAsync(_test.Service, "e", new byte[1_000]));
        Ok(await Mailboxes.SendCommandAsync(_test.Service, "e", new byte[900]));
        Refused(RefusalKind.MailboxFull, await Mailboxes.SendCommandAsync(_test.Service, "e", new byte[101]));
        Ok(await Mailboxes.SendCommandAsync(_test.Service, "e", new byte[100]));
    }

    [Fact]
    public async Task Content_may_be_overwritten_once_the_call_has_returned()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        byte[] buffer = Content("first");
        ValueTask<Result<SentMessage>> sending = Mailboxes.SendCommandAsync(_test.Service, "d", buffer);
        Array.Fill(buffer, (byte)0xFF);
        Ok(await sending);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Assert.Equal("first", Text(Ok(await session.LeaseAsync(1, 1))[0].Content));
    }

    [Fact]
    public async Task What_is_released_keeps_its_place()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        foreach (string body in new[] { "a", "b", "c", "d" })
            await _test.SendAsync("d", body);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        IReadOnlyList<LeasedMessage> leased = Ok(await session.LeaseAsync(3, int.MaxValue));
        Ok(await session.SettleAsync(leased[2].Lease, SettleVerb.Release));
        Ok(await session.SettleAsync(leased[0].Lease, SettleVerb.Release));
        IReadOnlyList<LeasedMessage> again = Ok(await session.LeaseAsync(10, int.MaxValue));
        Assert.Equal(["a", "c", "d"], again.Select(m => Text(m.Content)));
        Assert.Equal([2, 2, 1], again.Select(m => m.DeliveryCount));
        Refused(RefusalKind.Expired, await session.SettleAsync(leased[0].Lease, SettleVerb.Accept));
    }

    [Fact]
    public async Task A_lease_that_lapsed_is_handed_out_again_and_a_renewed_one_holds()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a", Ttl);
        await _test.SendAsync("d", "b", Ttl);
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        IReadOnlyList<LeasedMessage> leased = Ok(await session.LeaseAsync(2, int.MaxValue));
        _test.Time.Advance(59_999);
        Ok(await session.SettleAsync(leased[1].Lease, SettleVerb.Renew));
        int wakes = receiver.Wakes;
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(wakes, receiver.Wakes);
        _test.Time.Advance(1);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(wakes + 1, receiver.Wakes);
        LeasedMessage again = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Assert.Equal(("a", 2), (Text(again.Content), again.DeliveryCount));
        Refused(RefusalKind.Expired, await session.SettleAsync(leased[0].Lease, SettleVerb.Accept));
        Ok(await session.SettleAsync(leased[1].Lease, SettleVerb.Accept));
    }

    [Fact]
    public async Task Nothing_is_handed_out_at_or_after_its_expiry()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence first = await _test.SendAsync("d", "a", 1_000);
        Sequence second = await _test.SendAsync("d", "b", 1_001);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        _test.Time.Advance(1_000);
        LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Assert.Equal(second, message.Sequence);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(Outcome.Expired, Ok(await _test.Gateway.Outcomes.FindAsync(first)).Outcome);
        _test.Time.Advance(5_000);
        Assert.Equal(Outcome.Accepted, Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept)).Outcome);
    }

    [Fact]
    public async Task What_expired_while_nobody_looked_ends_in_the_sweep()
    {
        await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a", 1_000);
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        _test.Time.Advance(999);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.False(news.IsCompleted);
        _test.Time.Advance(1);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.True(news.IsCompleted);
        Assert.Equal(Outcome.Expired, Ok(await _test.Gateway.Outcomes.FindAsync(sequence)).Outcome);
    }

    [Fact]
    public async Task A_message_that_ends_in_the_course_of_a_lease_is_told_to_those_who_wait_for_outcomes()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a", 1_000);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Task<Result<OutcomeRecord>> waiting = _test.Gateway.Outcomes.WaitAsync(sequence, TimeSpan.FromHours(1), default).AsTask();
        _test.Time.Advance(1_000);
        Assert.Empty(Ok(await session.LeaseAsync(1, 1)));
        Assert.Equal(Outcome.Expired, Ok(await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Outcome);
    }

    [Fact]
    public async Task A_message_is_handed_out_so_often_and_then_undeliverable()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a", Ttl);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        for (int i = 1; i <= 3; i++)
        {
            LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(1, 1)));
            Assert.Equal(i, message.DeliveryCount);
            SettleResult released = Ok(await session.SettleAsync(message.Lease, SettleVerb.Release, "busy"));
            Assert.Equal(i < 3 ? null : Outcome.Undeliverable, released.Outcome);
        }

        Assert.Equal(Outcome.Undeliverable, Ok(await _test.Gateway.Outcomes.FindAsync(sequence)).Outcome);
        Assert.Empty(Ok(await session.LeaseAsync(1, 1)));
    }

    [Fact]
    public async Task A_reason_is_cut_and_never_within_a_character()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        foreach ((string reason, int kept) in new[] { (new string('r', 600), 512), (new string('r', 511) + "🙋", 511), (new string('r', 510) + "🙋x", 512) })
        {
            Sequence sequence = await _test.SendAsync("d", "a");
            LeasedMessage message = Ok(await session.LeaseAsync(1, 1))[0];
            Ok(await session.SettleAsync(message.Lease, SettleVerb.Reject, reason));
            OutcomeRecord outcome = Ok(await _test.Gateway.Outcomes.FindAsync(sequence));
            Assert.Equal((Outcome.Rejected, reason[..kept]), (outcome.Outcome, outcome.Reason));
        }
    }

    [Fact]
    public async Task A_purge_ends_what_waits_and_leaves_what_is_in_hand()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence[] sent = [await _test.SendAsync("d", "a"), await _test.SendAsync("d", "b")];
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage leased = Ok(await session.LeaseAsync(1, 1))[0];
        DeviceRecord record = Ok(await _test.Gateway.Devices.FindAsync("d"));
        Assert.Equal(new MailboxInfo(2, leased.Content.Length * 2, 1), Ok(await Mailboxes.GetInfoAsync(record)));
        Assert.Equal(sent, Ok(await Mailboxes.BrowseAsync(record, default, 10)).Select(m => m.Sequence));
        Assert.Equal(sent[1..], Ok(await Mailboxes.BrowseAsync(record, sent[0], 10)).Select(m => m.Sequence));
        Refused(RefusalKind.Malformed, await Mailboxes.BrowseAsync(record, default, 0));
        Refused(RefusalKind.Malformed, await Mailboxes.BrowseAsync(record, default, 1_001));
        Assert.Equal("d", Ok(await Mailboxes.FindWaitingAsync(sent[0])).Device.Value);
        Task news = _test.Gateway.Outcomes.Added.NextPulse();
        Assert.Equal(1, Ok(await Mailboxes.PurgeAsync(record, "operator")));
        Assert.True(news.IsCompleted);
        OutcomeRecord outcome = Ok(await _test.Gateway.Outcomes.FindAsync(sent[1]));
        Assert.Equal(Outcome.Cancelled, outcome.Outcome);
        Assert.Contains("operator", outcome.Reason!, StringComparison.Ordinal);
        Task quiet = _test.Gateway.Outcomes.Added.NextPulse();
        Assert.Equal(0, Ok(await Mailboxes.PurgeAsync(record, "operator")));
        Assert.False(quiet.IsCompleted);
        Assert.Equal(Outcome.Accepted, Ok(await session.SettleAsync(leased.Lease, SettleVerb.Accept)).Outcome);
    }

    [Fact]
    public async Task Whoever_holds_a_mailbox_is_told_when_something_is_taken_back()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence sequence = await _test.SendAsync("d", "a", Ttl);
        await _test.SendAsync("d", "b");
        (_, TestReceiver receiver) = await _test.AttachAsync(device);
        int wakes = receiver.Wakes;
        Ok(await Mailboxes.CancelAsync(sequence, "x"));
        Assert.Equal(wakes + 1, receiver.Wakes);
        Assert.Equal(1, Ok(await Mailboxes.PurgeAsync(Ok(await _test.Gateway.Devices.FindAsync("d")), "x")));
        Assert.Equal(wakes + 2, receiver.Wakes);
    }

    [Fact]
    public async Task Mail_of_a_removed_device_ends_and_its_successor_sees_none_of_it()
    {
        DevicePrincipal old = await _test.DeviceAsync("d");
        Sequence[] sent = [await _test.SendAsync("d", "a"), await _test.SendAsync("d", "b")];
        (MailboxSession session, _) = await _test.AttachAsync(old);
        LeasedMessage leased = Ok(await session.LeaseAsync(1, 1))[0];
        Assert.Equal(2, Ok(await _test.Gateway.Devices.RemoveAsync("d")).Ended.Count);
        foreach (Sequence sequence in sent)
            Assert.Equal(Outcome.DeviceRemoved, Ok(await _test.Gateway.Outcomes.FindAsync(sequence)).Outcome);
        Refused(RefusalKind.NotFound, await SendAsync("d", "c"));
        Refused(RefusalKind.Conflict, await session.LeaseAsync(1, 1));
        Refused(RefusalKind.Conflict, await session.SettleAsync(leased.Lease, SettleVerb.Accept));
        Refused(RefusalKind.Unauthorized, await Mailboxes.AttachAsync(old, new TestReceiver()));
        DevicePrincipal made = await _test.DeviceAsync("d");
        Sequence fresh = await _test.SendAsync("d", "c");
        Refused(RefusalKind.Conflict, await session.LeaseAsync(1, 1));
        (MailboxSession second, _) = await _test.AttachAsync(made);
        Assert.Equal(fresh, Assert.Single(Ok(await second.LeaseAsync(10, int.MaxValue))).Sequence);
        await session.CloseAsync();
        await second.CloseAsync();
        Assert.Equal(0, Mailboxes.Held);
    }

    [Fact]
    public async Task Mail_for_a_disabled_device_is_kept()
    {
        await _test.DeviceAsync("d");
        Ok(await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled));
        Ok(await SendAsync("d", "a"));
    }

    [Fact]
    public async Task A_store_that_takes_no_work_is_unavailable_and_works_again_later()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        LeasedMessage message = Ok(await session.LeaseAsync(1, 1))[0];
        DeviceRecord record = Ok(await _test.Gateway.Devices.FindAsync("d"));
        int wakes = receiver.Wakes;
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Refused(RefusalKind.Unavailable, await SendAsync("d", "b"));
        Refused(RefusalKind.Unavailable, await session.LeaseAsync(1, 1));
        Refused(RefusalKind.Unavailable, await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Refused(RefusalKind.Unavailable, await session.SettleAsync(message.Lease, SettleVerb.Release));
        Refused(RefusalKind.Unavailable, await Mailboxes.AttachAsync(device, new TestReceiver()));
        Refused(RefusalKind.Unavailable, await Mailboxes.BrowseAsync(record, default, 1));
        Refused(RefusalKind.Unavailable, await Mailboxes.GetInfoAsync(record));
        Refused(RefusalKind.Unavailable, await Mailboxes.PurgeAsync(record, "x"));
        Refused(RefusalKind.Unavailable, await Mailboxes.FindWaitingAsync(message.Sequence));
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(receiver.Taken);
        Assert.Equal(wakes, receiver.Wakes);
        _test.Hooks.Before = null;
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Ok(await SendAsync("d", "b"));
        Assert.Single(Ok(await session.LeaseAsync(1, 1)));
    }

    private ValueTask<Result<SentMessage>> SendAsync(string device, string body, CommandTerms? terms = null) =>
        Mailboxes.SendCommandAsync(_test.Service, device, Content(body), terms);
}
