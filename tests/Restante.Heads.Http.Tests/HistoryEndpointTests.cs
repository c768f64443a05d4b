using System.Net;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class HistoryEndpointTests
{
    [Fact]
    public async Task A_message_is_explained_while_it_waits_and_after_it_ended()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("truck-17");
        string id = await SendAsync(head);
        head.Time.Advance(TimeSpan.FromMinutes(5));
        ExplanationView waiting = await head.GetAsync("/v1/messages/" + id, RestanteJson.Default.ExplanationView);
        Assert.Equal((id, "command", "truck-17", "waiting", null, true),
            (waiting.Id, waiting.Kind, waiting.Device, waiting.State, waiting.Outcome, waiting.IsComplete));
        Assert.StartsWith(
            $"Command {id} for truck-17 has waited 5 min: the device has not been connected since it was created at ",
            waiting.Sentence, StringComparison.Ordinal);
        Assert.Equal(["created", "enqueued"], waiting.Facts.Select(f => f.What).Order(StringComparer.Ordinal));
        Assert.EndsWith(
            "was taken from 'admin', to expire at " + Expiry(head) + ".",
            waiting.Facts.Single(f => f.What == "enqueued").Text,
            StringComparison.Ordinal);

        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        LeasedMessage message = Assert.Single(await hands.LeaseAsync());
        Assert.Equal("leased", (await head.GetAsync("/v1/messages/" + id, RestanteJson.Default.ExplanationView)).State);
        await hands.SettleAsync(message, SettleVerb.Reject, "door blocked");
        ExplanationView ended = await head.GetAsync("/v1/messages/" + id, RestanteJson.Default.ExplanationView);
        Assert.Equal(("ended", "rejected"), (ended.State, ended.Outcome));
        Assert.Contains(": 'door blocked'", ended.Sentence, StringComparison.Ordinal);
        Assert.Equal((head.Time.GetUtcNow(), "rejected"), (ended.Facts[^1].At, ended.Facts[^1].What));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("x")]
    public async Task A_message_that_never_was_is_not_found(string id)
    {
        await using TestHead head = await TestHead.StartAsync();
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/messages/" + id), 404, "not-found");
    }

    [Fact]
    public async Task The_history_of_a_device_is_paged_newest_first()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("truck-17");
        var connection = new NoConnection();
        var name = new ConnectionName("amqp", 118, "10.2.3.4");
        head.Gateway.Connections.Add(head.Principal(device), connection, name);
        head.Time.Advance(TimeSpan.FromMinutes(1));
        head.Gateway.Connections.Remove(head.Principal(device), connection, name, "idle time-out");
        HistoryPage page = await head.GetAsync("/v1/devices/truck-17/history?max=2", RestanteJson.Default.HistoryPage);
        Assert.Equal(["disconnected", "connected"], page.Items.Select(e => e.Event));
        HistoryEntryView ended = page.Items[0];
        Assert.Equal(
            ("amqp", 118L, "10.2.3.4", "idle time-out", head.Time.GetUtcNow()),
            (ended.Protocol, ended.Connection, ended.Peer, ended.Detail, ended.At));
        Assert.Equal("AMQP connection 118 from 10.2.3.4 ended (idle time-out).", ended.Text);
        HistoryPage rest = await head.GetAsync($"/v1/devices/truck-17/history?max=2&before={page.Next}", RestanteJson.Default.HistoryPage);
        Assert.Equal("created", Assert.Single(rest.Items).Event);
        Assert.Null(rest.Next);
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_and_reading_takes_the_right()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/devices/nobody/history"), 404, "not-found");
        foreach (string query in new[] { "max=0", "max=1001", "before=0", "before=x" })
            await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/devices/d/history?" + query), 400, "malformed");
        HttpClient sender = await head.NewServiceAsync(Rights.Send);
        foreach (string path in new[] { "/v1/devices/d/history", "/v1/messages/1" })
            await TestHead.RefusedAsync(await head.SendAsync("GET", path, client: sender), 403, "forbidden");
        HttpClient reader = await head.NewServiceAsync(Rights.RegistryRead, "reader");
        Assert.Equal(HttpStatusCode.OK, (await head.SendAsync("GET", "/v1/devices/d/history", client: reader)).StatusCode);
    }

    private static async Task<string> SendAsync(TestHead head)
    {
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/devices/truck-17/commands", """{"body":"x"}""");
        return (await TestHead.ReadAsync(response, RestanteJson.Default.CommandReceipt, HttpStatusCode.Created)).Id;
    }

    private static string Expiry(TestHead head) => head.Time.GetUtcNow().AddMinutes(-5).AddMilliseconds(head.Gateway.Limits.DefaultTtlMs)
        .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private sealed class NoConnection : ILiveConnection
    {
        public void End(EndReason reason, string description)
        {
        }
    }
}
