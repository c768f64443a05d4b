using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.History;

public sealed class HistoryBookTests : IAsyncDisposable
{
    private static readonly ConnectionName s_first = new("amqp", 1, "10.2.3.4");
    private static readonly ConnectionName s_second = new("mqtt", 2, "10.2.3.5");

    private readonly TestGateway _test = new();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task The_life_of_a_message_that_is_taken_and_accepted_adds_one_entry()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        MailboxSession session = await AttachAsync(device, s_first);
        int before = (await EntriesAsync()).Count;
        for (int i = 1; i <= 100; i++)
        {
            Sequence sent = await _test.SendAsync("d", "x");
            LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue)));
            Ok(await session.SettleAsync(message.Lease, SettleVerb.Renew));
            Ok(await session.SettleAsync(message.Lease, i % 2 == 0 ? SettleVerb.Accept : SettleVerb.Reject, "why"));
            await _test.Gateway.Maintenance.RunOnceAsync();
            Assert.Equal(before + i, (await EntriesAsync()).Count);
            HistoryEntry entry = (await EntriesAsync())[0];
            Assert.Equal(
                (HistoryEvent.HandedOut, sent, 1, _test.NowMs + _test.Gateway.Limits.LeaseDurationMs, s_first),
                (entry.Event, entry.Sequence, entry.Count, entry.RelatedAtMs, entry.Connection));
        }

        await session.CloseAsync();
        Assert.Equal(before + 100, (await EntriesAsync()).Count);
    }

    [Fact]
    public async Task A_message_that_comes_back_says_how()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        MailboxSession session = await AttachAsync(device, s_first);
        Sequence sent = await _test.SendAsync("d", "x");
        LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Release, "busy"));
        Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
        _test.Time.Advance(_test.Gateway.Limits.LeaseDurationMs);
        await _test.Gateway.Maintenance.RunOnceAsync();
        _test.Time.Advance(10_000);
        Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
        await session.CloseAsync();
        Assert.Equal(
            ["detached 1", "handed-out 3", "lapsed 2", "handed-out 2", "released 1 busy", "handed-out 1"],
            (await EntriesAsync()).Take(6).Select(e => $"{e.Event.Name()} {e.Count} {e.Detail}".TrimEnd()));
        Assert.All((await EntriesAsync()).Take(6), e => Assert.Equal(s_first, e.Connection));
        Assert.Contains("Message " + sent, HistoryWords.Of((await EntriesAsync())[1]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SettleVerb.Accept, 2)]
    [InlineData(SettleVerb.Reject, 2)]
    [InlineData(SettleVerb.Release, 2)]
    [InlineData(SettleVerb.Renew, 3)]
    public async Task What_was_settled_just_before_the_mailbox_was_let_go_is_not_said_to_wait_again(SettleVerb verb, int unsettled)
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        MailboxSession session = await AttachAsync(device, s_first);
        foreach (string body in (string[])["a", "b", "c"])
            await _test.SendAsync("d", body);
        IReadOnlyList<LeasedMessage> messages = Ok(await session.LeaseAsync(3, int.MaxValue));
        var stored = new TaskCompletionSource();
        _test.Hooks.Before = called => called == "settle" ? stored.Task : Task.CompletedTask;
        ValueTask<Result<SettleResult>> settling = session.SettleAsync(messages[0].Lease, verb);
        ValueTask closing = session.CloseAsync();
        HistoryEntry detached = (await EntriesAsync()).First(e => e.Event == HistoryEvent.Detached);
        Assert.Equal(unsettled, detached.Count);
        stored.SetResult();
        await settling;
        await closing;
    }

    [Fact]
    public async Task What_could_not_be_settled_is_unsettled_still()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        MailboxSession session = await AttachAsync(device, s_first);
        await _test.SendAsync("d", "a");
        LeasedMessage message = Assert.Single(Ok(await session.LeaseAsync(1, int.MaxValue)));
        _test.Hooks.Before = static called => called == "settle" ? throw new StoreUnavailableException("full") : Task.CompletedTask;
        Refused(RefusalKind.Unavailable, await session.SettleAsync(message.Lease, SettleVerb.Accept));
        await session.CloseAsync();
        Assert.Equal(1, (await EntriesAsync()).First(e => e.Event == HistoryEvent.Detached).Count);
    }

    [Fact]
    public async Task Connections_and_takeovers_are_noted_with_credential_and_cause_and_requests_are_not()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        var connection = new TestConnection();
        _test.Gateway.Connections.Add(device, connection, s_first);
        await AttachAsync(device, s_first);
        await AttachAsync(device, s_second);
        _test.Gateway.Connections.Remove(device, connection, s_first, "idle time-out");
        _test.Gateway.Connections.Add(device, connection, new ConnectionName("https", 0, "10.9.9.9"));
        _test.Gateway.Connections.Remove(device, connection, new ConnectionName("https", 0, "10.9.9.9"), "ended");
        Assert.Equal(
            [
                "AMQP connection 1 from 10.2.3.4 ended (idle time-out).",
                "The mailbox went to MQTT connection 2 from 10.2.3.5, a newer connection than AMQP connection 1 from 10.2.3.4.",
                "Connected on AMQP connection 1 from 10.2.3.4 with the primary key.",
                "The device was created.",
            ],
            (await EntriesAsync()).Select(e => HistoryWords.Of(e)));
        Assert.Equal(
            [
                """{"event":"created","device":"d"}""",
                """{"event":"connected","device":"d","protocol":"amqp","connection":"1","peer":"10.2.3.4","credential":"primary key"}""",
                """{"event":"taken-over","device":"d","protocol":"mqtt","connection":"2","peer":"10.2.3.5","from":"AMQP connection 1 from 10.2.3.4"}""",
                """{"event":"disconnected","device":"d","protocol":"amqp","connection":"1","peer":"10.2.3.4","reason":"idle time-out"}""",
            ],
            await _test.EventsAsync());
    }

    [Fact]
    public async Task What_the_registry_changes_is_noted_and_outlives_the_device()
    {
        await _test.DeviceAsync("d");
        Ok(await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled));
        Ok(await _test.Gateway.Devices.RotateKeyAsync("d", CredentialSlot.Secondary));
        Ok(await _test.Gateway.Devices.RemoveAsync("d"));
        Assert.Equal(
            ["removed", "changed secondary-key", "changed disabled", "created"],
            (await EntriesAsync()).Select(e => $"{e.Event.Name()} {e.Detail}".TrimEnd()));
    }

    [Theory]
    [InlineData("wrong", "Wrong credentials.")]
    [InlineData("expired", "The token has expired.")]
    [InlineData("foreign", "The token is for something else than this device.")]
    [InlineData("disabled", "The device is disabled.")]
    public async Task A_refusal_is_noted_with_its_cause_which_the_peer_is_not_told(string fault, string cause)
    {
        DeviceRecord device = Ok(await _test.Gateway.Devices.CreateAsync("d"));
        Ok(await _test.Gateway.Devices.CreateAsync("other"));
        if (fault == "disabled")
            Ok(await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled));
        long now = _test.NowMs / 1_000;
        string password = fault switch
        {
            "wrong" => SymmetricKey.Generate().Reveal(),
            "expired" => SharedAccessSignature.Create("devices/d", device.PrimaryKey, now - 1),
            "foreign" => SharedAccessSignature.Create("devices/other", device.PrimaryKey, now + 100),
            _ => device.PrimaryKey.Reveal(),
        };
        for (int i = 0; i < 5; i++)
        {
            var attempt = new AuthenticationAttempt("d", password, "10.2.3.4") { Connection = s_first };
            Refused(RefusalKind.Unauthorized, await _test.Gateway.Authenticator.AuthenticateAsync(attempt));
        }

        List<HistoryEntry> refusals = [.. (await EntriesAsync()).Where(e => e.Event == HistoryEvent.Refused)];
        Assert.Equal([4, 1], refusals.Select(e => e.Count));
        Assert.All(refusals, e => Assert.Equal((cause, s_first), (e.Detail, e.Connection)));
        Assert.DoesNotContain(await _test.EventsAsync(), e => e.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_that_are_no_devices_leave_no_trace()
    {
        var attempt = new AuthenticationAttempt("nobody", SymmetricKey.Generate().Reveal(), "10.2.3.4") { Connection = s_first };
        Refused(RefusalKind.Unauthorized, await _test.Gateway.Authenticator.AuthenticateAsync(attempt));
        Refused(RefusalKind.NotFound, await _test.Gateway.History.ReadAsync("nobody", null, 10));
        Refused(RefusalKind.NotFound, await _test.Gateway.History.ReadAsync("a/b", null, 10));
    }

    [Fact]
    public async Task Pages_have_their_limits()
    {
        await _test.DeviceAsync("d");
        Refused(RefusalKind.Malformed, await _test.Gateway.History.ReadAsync("d", null, 0));
        Refused(RefusalKind.Malformed, await _test.Gateway.History.ReadAsync("d", null, HistoryBook.MaxPage + 1));
        Refused(RefusalKind.Malformed, await _test.Gateway.History.ReadAsync("d", 0, 10));
        HistoryRecord only = Assert.Single(Ok(await _test.Gateway.History.ReadAsync("d", null, HistoryBook.MaxPage)));
        Assert.Empty(Ok(await _test.Gateway.History.ReadAsync("d", only.Place, 10)));
    }

    private async Task<List<HistoryEntry>> EntriesAsync() =>
        [.. Ok(await _test.Gateway.History.ReadAsync("d", null, 1_000)).Select(r => r.Entry)];

    private async Task<MailboxSession> AttachAsync(DevicePrincipal device, ConnectionName connection) =>
        Ok(await _test.Gateway.Mailboxes.AttachAsync(device, new NamedReceiver(connection)));

    private sealed class NamedReceiver(ConnectionName connection) : IMailboxReceiver
    {
        public ConnectionName Connection => connection;

        public void Wake()
        {
        }

        public void OnMailboxTaken(string reason)
        {
        }
    }
}
