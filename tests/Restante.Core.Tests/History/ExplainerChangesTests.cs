using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.History;

/// <summary>Answers about messages whose world changed since: what the device has in hand, and what is not kept any more.</summary>
public sealed class ExplainerChangesTests : IAsyncDisposable
{
    private const int Day = 86_400_000;

    private readonly TestGateway _test = new();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_notification_in_hand_is_said_to_be_after_the_device_has_left_the_audience()
    {
        (Sequence sent, MailboxSession session, LeasedMessage message) = await TakenAsync();
        Ok(await _test.Gateway.Devices.ChangeAsync("truck-17", new DeviceUpdate { Tags = """{"line":"8"}""" }));
        Explanation explained = await ExplainAsync(sent, "truck-17");
        Assert.True(explained.IsLeased);
        Assert.EndsWith(
            "the device has it in hand until 2026-01-01T12:01:00Z; the device has left its audience since (tags.line = '7').",
            explained.Sentence, StringComparison.Ordinal);
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Release, null));
        Assert.Contains(" is not for truck-17: ", (await ExplainAsync(sent, "truck-17")).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_in_hand_is_not_ended_by_its_recall()
    {
        (Sequence sent, MailboxSession session, LeasedMessage message) = await TakenAsync();
        _test.Time.Advance(10_000);
        Ok(await _test.Gateway.Notifications.RecallAsync(sent, "ops"));
        Explanation explained = await ExplainAsync(sent, "truck-17");
        Assert.Null(explained.Outcome);
        Assert.EndsWith(
            "in hand until 2026-01-01T12:01:00Z; it was recalled at 2026-01-01T12:00:10Z meanwhile (recalled by ops), "
                + "and may still be settled until then.",
            explained.Sentence, StringComparison.Ordinal);
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Assert.Equal(Outcome.Accepted, (await ExplainAsync(sent, "truck-17")).Outcome);
    }

    [Fact]
    public async Task A_notification_in_hand_is_not_ended_by_the_clock_before_its_lease_is()
    {
        (Sequence sent, MailboxSession session, LeasedMessage message) = await TakenAsync();
        _test.Time.Advance(50_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Explanation explained = await ExplainAsync(sent, "truck-17");
        Assert.Null(explained.Outcome);
        Assert.EndsWith(
            "in hand until 2026-01-01T12:01:00Z; it expired at 2026-01-01T12:00:45Z meanwhile, and may still be settled until then.",
            explained.Sentence, StringComparison.Ordinal);
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Release, "busy"));
        explained = await ExplainAsync(sent, "truck-17");
        Assert.Equal(Outcome.Expired, explained.Outcome);
        Assert.Contains("the device gave it back at 2026-01-01T12:00:50Z: 'busy'", explained.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_removed_device_made_of_a_notification_is_still_told()
    {
        (Sequence sent, MailboxSession session, LeasedMessage message) = await TakenAsync();
        await _test.DeviceAsync("truck-18");
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Ok(await _test.Gateway.Devices.RemoveAsync("truck-17"));
        Ok(await _test.Gateway.Devices.RemoveAsync("truck-18"));
        Explanation explained = await ExplainAsync(sent, "truck-17");
        Assert.Equal((Outcome.Accepted, "truck-17"), (explained.Outcome, explained.Device?.Value));
        Refused(RefusalKind.NotFound, await _test.Gateway.Explainer.ExplainAsync(sent, "truck-18"));
    }

    [Fact]
    public async Task A_history_that_lost_its_beginning_claims_nothing_of_the_device()
    {
        await _test.DeviceAsync("truck-17");
        Sequence sent = await _test.SendAsync("truck-17", "x");
        Assert.True((await ExplainAsync(sent)).IsComplete);
        _test.Time.Advance(8 * Day);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Explanation expired = await ExplainAsync(sent);
        Assert.False(expired.IsComplete);
        Assert.EndsWith(
            "Z: whether the device was connected is not known, as the history that would tell is not kept any more.",
            expired.Sentence.Replace("; it is on the dead-letter shelf", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Explanation waiting = await ExplainAsync(await _test.SendAsync("truck-17", "y"));
        Assert.False(waiting.IsComplete);
        Assert.EndsWith(
            ": the device is not connected, and the history that would tell since when is not kept any more.",
            waiting.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_purge_leaves_what_the_device_has_in_hand()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck-17");
        Sequence sent = await _test.SendAsync("truck-17", "x");
        Sequence next = await _test.SendAsync("truck-17", "y");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
        _test.Time.Advance(10_000);
        DeviceRecord? record = await _test.Store.Registry.FindDeviceAsync(device.Id);
        Ok(await _test.Gateway.Mailboxes.PurgeAsync(record!, "ops"));
        Assert.Contains("has it in hand", (await ExplainAsync(sent)).Sentence, StringComparison.Ordinal);
        Assert.EndsWith("(the mailbox was purged by ops).", (await ExplainAsync(next)).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_asks_for_other_mail_is_not_said_to_ask_for_none()
    {
        const string Choosy = "the device takes only what its selector or subscription chooses, and this is not among it.";
        DevicePrincipal device = await _test.DeviceAsync("truck-17");
        Connect(device);
        Sequence sent = await _test.SendAsync("truck-17", "x");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Assert.EndsWith("has asked for no mail so far.", (await ExplainAsync(sent)).Sentence, StringComparison.Ordinal);
        Assert.Empty(Ok(await session.LeaseAsync(1, int.MaxValue, MessageKinds.Notifications)));
        Assert.EndsWith(Choosy, (await ExplainAsync(sent)).Sentence, StringComparison.Ordinal);
        Assert.Empty(Ok(await session.LeaseAsync(1, int.MaxValue, MessageKinds.All, new Nothing())));
        Assert.EndsWith(Choosy, (await ExplainAsync(sent)).Sentence, StringComparison.Ordinal);
        Sequence unseen = await _test.SendAsync("truck-17", "y");
        Assert.DoesNotContain(Choosy, (await ExplainAsync(unseen)).Sentence, StringComparison.Ordinal);
    }

    private async Task<(Sequence Sent, MailboxSession Session, LeasedMessage Message)> TakenAsync()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck-17");
        Ok(await _test.Gateway.Devices.ChangeAsync("truck-17", new DeviceUpdate { Tags = """{"line":"7"}""" }));
        Sequence sent = Ok(await _test.Gateway.Notifications.NotifyAsync(
            _test.Service, "tags.line = '7'", Content("x"), new NotificationTerms { ExpiresAtMs = _test.NowMs + 45_000 })).Sequence;
        (MailboxSession session, _) = await _test.AttachAsync(truck);
        return (sent, session, Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue))));
    }

    private void Connect(DevicePrincipal device) =>
        _test.Gateway.Connections.Add(device, new TestConnection(), new ConnectionName("amqp", 9, "10.2.3.4"));

    private async Task<Explanation> ExplainAsync(Sequence sequence, string? device = null) =>
        Ok(await _test.Gateway.Explainer.ExplainAsync(sequence, device));

    private sealed class Nothing : IMessageFilter
    {
        public bool Matches(MessageKind kind, ReadOnlySpan<byte> content) => false;
    }
}
