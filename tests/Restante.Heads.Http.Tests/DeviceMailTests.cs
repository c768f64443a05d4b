using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

public sealed class DeviceMailTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Mail_is_taken_in_order_and_settled_each_way()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await SendAsync(head, """{"body":{"n":1},"subject":"one","properties":{"p":"v"}}""");
        await SendAsync(head, """{"body":"2"}""");
        await SendAsync(head, """{"bodyBase64":"/w=="}""");

        IReadOnlyList<DeliveredMessage> mail = await device.TakeAsync();
        Assert.Equal(["1-1", "2-1", "3-1"], mail.Select(m => m.Lease));
        Assert.Equal(("1", "command", "one", "v", 1), (
            mail[0].Id, mail[0].Kind, mail[0].Subject, mail[0].Properties!["p"], mail[0].Body!.Value.GetProperty("n").GetInt32()));
        Assert.Equal("/w==", mail[2].BodyBase64);
        Assert.Equal(head.Time.GetUtcNow().AddMinutes(1), mail[0].LeasedUntil);
        Assert.Empty(await device.TakeAsync());

        await device.DoAsync("DELETE", "/v1/mailbox/1-1");
        await device.DoAsync("POST", "/v1/mailbox/2-1/reject", """{"reason":"no such door"}""", "application/json");
        await device.DoAsync("POST", "/v1/mailbox/3-1/release");
        Assert.Equal("3-2", Assert.Single(await device.TakeAsync()).Lease);
        head.Time.Advance(TimeSpan.FromSeconds(30));
        using HttpResponseMessage renewed = await device.SendAsync("POST", "/v1/mailbox/3-2/renew");
        LeaseView lease = await TestHead.ReadAsync(renewed, RestanteJson.Default.LeaseView, HttpStatusCode.OK);
        Assert.Equal(head.Time.GetUtcNow().AddMinutes(1), lease.LeasedUntil);

        OutcomePage outcomes = await head.GetAsync("/v1/outcomes", RestanteJson.Default.OutcomePage);
        Assert.Equal([("1", "accepted", null), ("2", "rejected", "no such door")], outcomes.Items.Select(o => (o.Id, o.Outcome, o.Reason)));
        foreach (string stale in (string[])["1-1", "3-1", "99-1", "x", "3"])
            await device.RefusedAsync(410, "expired", "DELETE", "/v1/mailbox/" + stale);
    }

    [Fact]
    public async Task A_poll_waits_for_mail_and_ends_with_its_time()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<IReadOnlyList<DeliveredMessage>> poll = device.TakeAsync("?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        await SendAsync(head, """{"body":"x"}""");
        Assert.Equal("x", Assert.Single(await poll).Body!.Value.GetString());

        poll = device.TakeAsync("?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        head.Time.Advance(s_minute);
        Assert.Empty(await poll);
    }

    [Fact]
    public async Task A_selector_takes_what_it_wants_and_its_faults_are_told_with_their_place()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await SendAsync(head, """{"body":"1","properties":{"priority":"low"}}""");
        await SendAsync(head, """{"body":"2","properties":{"priority":"high"}}""");
        Assert.Equal("2-1", Assert.Single(await device.TakeAsync("?selector=" + Uri.EscapeDataString("priority = 'high'"))).Lease);
        Assert.Equal("1-1", Assert.Single(await device.TakeAsync()).Lease);
        ProblemView problem = await device.RefusedAsync(
            400, "malformed", "GET", "/v1/mailbox?selector=" + Uri.EscapeDataString("priority = = 1"));
        Assert.Contains("character 12", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_is_handed_out_than_may_be_in_hand()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxInHandPerDevice = 2 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        for (int i = 0; i < 4; i++)
            await SendAsync(head, """{"body":"x"}""");
        Assert.Equal(2, (await device.TakeAsync("?max=3")).Count);
        Assert.Empty(await device.TakeAsync());
        Task<IReadOnlyList<DeliveredMessage>> poll = device.TakeAsync("?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        await device.DoAsync("DELETE", "/v1/mailbox/1-1");
        Assert.Equal("3-1", Assert.Single(await poll).Lease);
    }

    [Fact]
    public async Task A_stream_hands_out_up_to_its_window_and_goes_on_when_there_is_room()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        for (int i = 1; i <= 3; i++)
            await SendAsync(head, $$"""{"body":"{{i}}"}""");
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/mailbox/stream?max=2", "17-3", device.Client);
        (string name, string? id, string data) = (await stream.NextAsync())!.Value;
        Assert.Equal(("command", "1-1"), (name, id));
        Assert.Equal("1", JsonDocument.Parse(data).RootElement.GetProperty("body").GetString());
        Assert.Equal("2-1", (await stream.NextAsync())!.Value.Id);
        Task<(string, string? Id, string)?> next = stream.NextAsync();
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(15));
        Assert.False(next.IsCompleted);
        await device.DoAsync("DELETE", "/v1/mailbox/2-1");
        Assert.Equal("3-1", (await next)!.Value.Id);
    }

    [Fact]
    public async Task A_newer_connection_takes_the_mailbox_and_who_waits_is_told()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord record = await head.AddDeviceAsync("d");
        using DeviceClient device = DeviceClient.Of(head, record);
        await SendAsync(head, """{"body":"x"}""");
        await device.TakeAsync();
        Task<HttpResponseMessage> poll = device.SendAsync("GET", "/v1/mailbox?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/mailbox/stream", null, device.Client);

        DeviceHands other = await DeviceHands.AttachAsync(head, record);
        using HttpResponseMessage lost = await poll;
        Assert.Contains("newer connection", (await TestHead.RefusedAsync(lost, 409, "conflict")).Detail, StringComparison.Ordinal);
        Assert.Equal(("end", null, """{"reason":"taken-over"}"""), (await stream.NextAsync())!.Value);
        await device.RefusedAsync(410, "expired", "DELETE", "/v1/mailbox/1-1");
        Assert.Single(await other.LeaseAsync());

        Assert.Equal("1-3", Assert.Single(await device.TakeAsync()).Lease); // It takes it back, as the newest.
        Assert.Equal(RefusalKind.Conflict, await other.TryLeaseAsync());
    }

    [Fact]
    public async Task A_device_that_stays_away_loses_its_mailbox_and_what_it_had_waits_again()
    {
        await using TestHead head = await TestHead.StartAsync(
            new HttpHeadOptions { DeviceIdleSeconds = 40 }, new GatewayLimits { LeaseDurationMs = 600_000 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await SendAsync(head, """{"body":"x"}""");
        await device.TakeAsync();
        Assert.True((await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView)).Connected);
        for (int i = 0; i < 6; i++)
        {
            head.Time.Advance(TimeSpan.FromSeconds(10));
            await device.DoAsync("POST", "/v1/telemetry", "alive"); // Whatever it calls for keeps it.
        }

        Assert.Equal(
            (1, 1), (head.Gateway.Mailboxes.Held, (await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView)).Mailbox.Leased));
        for (int i = 0; i < 5; i++)
            head.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, head.Gateway.Mailboxes.Held);
        DeviceView view = await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView);
        Assert.Equal((false, 0, 1), (view.Connected, view.Mailbox.Leased, view.Mailbox.Depth));
        await device.RefusedAsync(410, "expired", "DELETE", "/v1/mailbox/1-1");
        Assert.Single(await device.TakeAsync());
        StreamPage events = await head.GetAsync("/v1/events", RestanteJson.Default.StreamPage);
        Assert.Equal(["created", "connected", "disconnected", "connected"], events.Items.Select(e => e.Channel));
    }

    [Fact]
    public async Task A_wait_keeps_the_session()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { DeviceIdleSeconds = 8 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<IReadOnlyList<DeliveredMessage>> poll = device.TakeAsync("?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        for (int i = 0; i < 20; i++)
            head.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, head.Gateway.Mailboxes.Held);
        await SendAsync(head, """{"body":"x"}""");
        Assert.Single(await poll);
    }

    [Theory]
    [InlineData("PATCH", """{"status":"disabled"}""", "disabled")]
    [InlineData("DELETE", null, "device-removed")]
    public async Task Revocation_ends_polls_and_streams_of_a_device_at_once(string method, string? body, string word)
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<HttpResponseMessage> poll = device.SendAsync("GET", "/v1/mailbox?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/mailbox/stream", null, device.Client);
        (await head.SendAsync(method, "/v1/devices/d", body)).Dispose();
        using HttpResponseMessage ended = await poll;
        await TestHead.RefusedAsync(ended, 401, "unauthorized");
        Assert.Equal(("end", null, $$"""{"reason":"{{word}}"}"""), (await stream.NextAsync())!.Value);
        Assert.Equal(0, head.Gateway.Mailboxes.Held);
        await device.RefusedAsync(401, "unauthorized", "GET", "/v1/mailbox");
    }

    [Fact]
    public async Task A_session_is_one_of_the_connections_that_a_device_may_have()
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { MaxConnectionsPerDevice = 1 });
        DeviceRecord record = await head.AddDeviceAsync("d");
        using DeviceClient device = DeviceClient.Of(head, record);
        Task<HttpResponseMessage> poll = device.SendAsync("GET", "/v1/mailbox?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        var other = new Connection();
        head.Gateway.Connections.Add(head.Principal(record), other, new ConnectionName("amqp", 1, null));
        using HttpResponseMessage ended = await poll;
        Assert.Contains("more connections", (await TestHead.RefusedAsync(ended, 409, "conflict")).Detail, StringComparison.Ordinal);
        Assert.Empty(await device.TakeAsync());
        Assert.Equal(EndReason.TooManyConnections, other.EndedBy);
    }

    [Fact]
    public async Task A_session_that_lapses_is_counted()
    {
        long lapsed = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "restante.http.sessions.lapsed")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref lapsed, value));
        listener.Start();
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { DeviceIdleSeconds = 4 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await device.TakeAsync();
        for (int i = 0; i < 5; i++)
            head.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Interlocked.Read(ref lapsed) > 0);
    }

    [Fact]
    public async Task Another_key_is_another_session_and_its_rotation_ends_only_what_used_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord record = await head.AddDeviceAsync("d");
        using DeviceClient first = DeviceClient.Of(head, record);
        Task<HttpResponseMessage> poll = first.SendAsync("GET", "/v1/mailbox?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        (await head.SendAsync("POST", "/v1/devices/d/keys/secondary/rotate")).Dispose();
        Assert.False(poll.IsCompleted);
        (await head.SendAsync("POST", "/v1/devices/d/keys/primary/rotate")).Dispose();
        using HttpResponseMessage ended = await poll;
        await TestHead.RefusedAsync(ended, 401, "unauthorized");
    }

    [Fact]
    public async Task Waits_and_sessions_are_limited()
    {
        await using TestHead head = await TestHead.StartAsync(
            new HttpHeadOptions { MaxPollsPerDevice = 1, MaxDevicePolls = 2, MaxDeviceSessions = 3 });
        using DeviceClient a = await DeviceClient.CreateAsync(head, "a");
        using DeviceClient b = await DeviceClient.CreateAsync(head, "b");
        using DeviceClient c = await DeviceClient.CreateAsync(head, "c");
        using DeviceClient d = await DeviceClient.CreateAsync(head, "d");
        using EventReader one = await EventReader.OpenAsync(head, "/v1/mailbox/stream", null, a.Client);
        Assert.Contains(
            "of the device", (await a.RefusedAsync(429, "throttled", "GET", "/v1/mailbox?wait=1")).Detail, StringComparison.Ordinal);
        using EventReader two = await EventReader.OpenAsync(head, "/v1/mailbox/stream", null, b.Client);
        await c.RefusedAsync(429, "throttled", "GET", "/v1/mailbox?wait=1");
        Assert.Empty(await c.TakeAsync());
        Assert.Contains("session", (await d.RefusedAsync(429, "throttled", "GET", "/v1/mailbox")).Detail, StringComparison.Ordinal);
        Task<HttpResponseMessage> polling = head.SendAsync("GET", "/v1/outcomes?wait=59");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(59));
        head.Time.Advance(TimeSpan.FromSeconds(59));
        using HttpResponseMessage service = await polling;
        Assert.Equal(HttpStatusCode.OK, service.StatusCode);
    }

    [Fact]
    public async Task Waits_of_one_device_are_counted_over_its_sessions()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxPollsPerDevice = 2 });
        DeviceRecord record = await head.AddDeviceAsync("d");
        using DeviceClient primary = DeviceClient.Of(head, record);
        using var secondary = new DeviceClient(head, head.NewClient("d", record.SecondaryKey.Reveal()));
        Task<HttpResponseMessage> one = primary.SendAsync("GET", "/v1/state?wait=60&after=0");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        Task<HttpResponseMessage> two = secondary.SendAsync("GET", "/v1/state?wait=59&after=0");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(59));
        await primary.RefusedAsync(429, "throttled", "GET", "/v1/state?wait=1&after=0");
        await secondary.RefusedAsync(429, "throttled", "GET", "/v1/state?wait=1&after=0");
        head.Time.Advance(TimeSpan.FromSeconds(59));
        using HttpResponseMessage second = await two;
        Task<HttpResponseMessage> three = primary.SendAsync("GET", "/v1/state?wait=58&after=0");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(58));
        head.Time.Advance(TimeSpan.FromSeconds(60));
        using HttpResponseMessage first = await one, third = await three;
        Assert.All([first, second, third], response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
    }

    [Fact]
    public async Task A_store_that_takes_nothing_is_told()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await SendAsync(head, """{"body":"x"}""");
        await device.TakeAsync();
        head.Store.Unavailable = true;
        await device.RefusedAsync(503, "unavailable", "DELETE", "/v1/mailbox/1-1");
        head.Store.Unavailable = false;
        await device.DoAsync("DELETE", "/v1/mailbox/1-1");
    }

    private sealed class Connection : ILiveConnection
    {
        public EndReason? EndedBy { get; private set; }

        public void End(EndReason reason, string description) => EndedBy = reason;
    }

    private static async Task SendAsync(TestHead head, string body, string device = "d")
    {
        using HttpResponseMessage sent = await head.SendAsync("POST", $"/v1/devices/{device}/commands", body);
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
    }
}
