using Restante.Core.Access;
using Restante.Core.History;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.History;

/// <summary>The way from what happened to the answer: the facts of the cases come from the gateway itself.</summary>
public sealed class ExplainerTests : IAsyncDisposable
{
    private readonly TestGateway _test = new();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_that_was_lost_is_said_to_be_with_the_cause_and_the_facts_in_order()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck-17");
        _test.Time.Advance(1_000);
        Connect(device, out Action<string> disconnect);
        _test.Time.Advance(10_000);
        disconnect("idle time-out");
        _test.Time.Advance(50_000);
        Sequence sent = await _test.SendAsync("truck-17", "x", 60_000);
        _test.Time.Advance(30_000);
        Explanation waiting = await ExplainAsync(sent);
        Assert.Equal(
            $"Command {sent} for truck-17 has waited 30 s: the device has not been connected since 2026-01-01T12:00:11Z, "
                + "when its connection ended (idle time-out).",
            waiting.Sentence);
        Assert.Equal((sent, "truck-17", false, true), (waiting.Sequence, waiting.Device?.Value, waiting.IsLeased, waiting.IsComplete));
        Assert.Null(waiting.Outcome);
        Assert.Equal(["disconnected", "enqueued"], waiting.Facts.Select(f => f.What));
        Assert.Equal(
            $"Command {sent} was taken from 'backend', to expire at 2026-01-01T12:02:01Z.", waiting.Facts[1].Text);

        _test.Time.Advance(30_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        _test.Time.Advance(30_000);
        Connect(device, out _);
        Explanation ended = await ExplainAsync(sent);
        Assert.Equal(
            $"Command {sent} for truck-17 expired at 2026-01-01T12:02:01Z while the device was offline: it had not been connected "
                + "since 2026-01-01T12:00:11Z, when its connection ended (idle time-out).",
            ended.Sentence);
        Assert.Equal(["disconnected", "enqueued", "expired"], ended.Facts.Select(f => f.What));
        Assert.Equal(ended.Facts.OrderBy(f => f.AtMs), ended.Facts);
    }

    [Fact]
    public async Task How_an_answer_ended_is_said_as_of_a_command()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck-17");
        Ok(await _test.Gateway.Inquiries.AskAsync(device, "traffic", "q-1", Content("?"), null, false));
        using InquiryHandler handler = Ok(_test.Gateway.Inquiries.Attach(_test.Service, "traffic"));
        TakenInquiry taken = Assert.Single(Ok(await handler.TakeAsync(1, int.MaxValue)));
        Ok(await _test.Gateway.Inquiries.AnswerAsync(_test.Service, taken.Number, Content("clear"), true));
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage answer = Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
        _test.Time.Advance(2_000);
        Ok(await session.SettleAsync(answer.Lease, SettleVerb.Reject, "too late"));
        Explanation ended = await ExplainAsync(answer.Sequence);
        Assert.Equal(
            $"Answer {answer.Sequence} for truck-17 was rejected by the device at 2026-01-01T12:00:02Z: 'too late'; "
                + "it is on the dead-letter shelf.",
            ended.Sentence);
        Assert.Equal((MessageKind.Answer, Outcome.Rejected), (ended.Kind, ended.Outcome));
        Refused(RefusalKind.NotFound, await _test.Gateway.Reports.ReportAsync(device, answer.Sequence, Content("x"), true));
    }

    [Fact]
    public async Task Wrong_credentials_are_counted_up_to_the_question()
    {
        await _test.DeviceAsync("truck-17");
        Sequence sent = await _test.SendAsync("truck-17", "x");
        for (int i = 0; i < 14; i++)
        {
            _test.Time.Advance(7_000);
            var attempt = new AuthenticationAttempt("truck-17", "x", null) { Connection = new ConnectionName("mqtt", 5 + i, "10.2.3.4") };
            Refused(RefusalKind.Unauthorized, await _test.Gateway.Authenticator.AuthenticateAsync(attempt));
            await _test.Gateway.Maintenance.RunOnceAsync();
        }

        Assert.Equal(
            $"Command {sent} for truck-17 has waited 1 min 38 s: the device was refused 14 times since 2026-01-01T12:00:07Z, "
                + "last on MQTT connection 18 from 10.2.3.4: wrong credentials.",
            (await ExplainAsync(sent)).Sentence);
    }

    [Fact]
    public async Task Older_messages_and_full_hands_are_looked_up()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck-17");
        Connect(device, out _);
        Sequence first = await _test.SendAsync("truck-17", "x");
        for (int i = 0; i < 120; i++)
            await _test.SendAsync("truck-17", "x");
        Sequence last = await _test.SendAsync("truck-17", "x");
        Assert.EndsWith("the device is connected on AMQP connection 9 from 10.2.3.4 but receives no mail there; it has taken no mail as far back as the history goes.",
            (await ExplainAsync(last)).Sentence, StringComparison.Ordinal);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Assert.EndsWith(
            "it stands behind 121 older messages; the device has asked for no mail so far.", (await ExplainAsync(last)).Sentence, StringComparison.Ordinal);
        Assert.Equal(2, Ok(await session.LeaseAsync(2, int.MaxValue)).Count);
        Assert.EndsWith(
            "it stands behind 119 older messages; the device has 2 messages in hand and asks for no more until it settles.",
            (await ExplainAsync(last)).Sentence, StringComparison.Ordinal);
        Explanation inHand = await ExplainAsync(first);
        Assert.True(inHand.IsLeased);
        Assert.EndsWith("the device has it in hand until 2026-01-01T12:01:00Z.", inHand.Sentence, StringComparison.Ordinal);
        Assert.Equal(["created", "connected", "enqueued", "handed-out"], inHand.Facts.Select(f => f.What).Order(StringComparer.Ordinal)
            .OrderBy(w => Array.IndexOf(["created", "connected", "enqueued", "handed-out"], w)));
    }

    [Fact]
    public async Task A_message_that_is_held_back_and_one_behind_it_say_until_when()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck-17");
        Connect(device, out _);
        Sequence first = await _test.SendAsync("truck-17", "x");
        Sequence second = await _test.SendAsync("truck-17", "x");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        for (int i = 0; i < 2; i++)
        {
            LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
            Ok(await session.SettleAsync(message.Lease, SettleVerb.Release, "busy"));
        }

        Assert.EndsWith(
            "given back by the device at 2026-01-01T12:00:00Z: 'busy'; it is held back until 2026-01-01T12:00:01Z before it is handed out again.",
            (await ExplainAsync(first)).Sentence, StringComparison.Ordinal);
        Assert.EndsWith(
            $"it stands behind command {first}, which was handed out twice, came back, and is held back until 2026-01-01T12:00:01Z.",
            (await ExplainAsync(second)).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_is_explained_as_a_whole_and_for_a_device()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck-17");
        await _test.DeviceAsync("bus-1");
        Sequence sent = Ok(await _test.Gateway.Notifications.NotifyAsync(
            _test.Service, "id like 'truck-*'", Content("x"), new NotificationTerms { ExpiresAtMs = _test.NowMs + 60_000 })).Sequence;
        Assert.Equal(
            $"Notification {sent} is open until 2026-01-01T12:01:00Z: accepted by 0 devices, rejected by 0 devices, "
                + "given up as undeliverable for 0 devices.",
            (await ExplainAsync(sent)).Sentence);
        Assert.Equal(
            $"Notification {sent} is not for bus-1: the device does not belong to its audience (id like 'truck-*').",
            (await ExplainAsync(sent, "bus-1")).Sentence);
        _test.Time.Advance(5_000);
        Assert.Equal(
            $"Notification {sent} for truck-17 has waited 5 s: the device has not been connected since it was created at 2026-01-01T12:00:00Z.",
            (await ExplainAsync(sent, "truck-17")).Sentence);

        (MailboxSession session, _) = await _test.AttachAsync(truck);
        LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
        Assert.EndsWith("the device has it in hand until 2026-01-01T12:01:05Z.", (await ExplainAsync(sent, "truck-17")).Sentence, StringComparison.Ordinal);
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Reject, "no room"));
        Assert.Contains("was rejected by the device at 2026-01-01T12:00:05Z: 'no room'", (await ExplainAsync(sent, "truck-17")).Sentence, StringComparison.Ordinal);
        Refused(RefusalKind.NotFound, await _test.Gateway.Explainer.ExplainAsync(sent, "nobody"));
        Sequence command = await _test.SendAsync("truck-17", "x");
        Refused(RefusalKind.NotFound, await _test.Gateway.Explainer.ExplainAsync(command, "bus-1"));
    }

    [Fact]
    public async Task What_never_was_is_not_found_and_a_store_that_cannot_be_read_is_said_to_be()
    {
        Refused(RefusalKind.NotFound, await _test.Gateway.Explainer.ExplainAsync(new Sequence(42)));
        _test.Hooks.Before = static _ => throw new StoreUnavailableException("no");
        Refused(RefusalKind.Unavailable, await _test.Gateway.Explainer.ExplainAsync(new Sequence(42)));
    }

    private void Connect(DevicePrincipal device, out Action<string> disconnect)
    {
        var connection = new TestConnection();
        var name = new ConnectionName("amqp", 9, "10.2.3.4");
        _test.Gateway.Connections.Add(device, connection, name);
        disconnect = why => _test.Gateway.Connections.Remove(device, connection, name, why);
    }

    private async Task<Explanation> ExplainAsync(Sequence sequence, string? device = null) =>
        Ok(await _test.Gateway.Explainer.ExplainAsync(sequence, device));
}
