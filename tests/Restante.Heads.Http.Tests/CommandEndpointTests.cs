using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class CommandEndpointTests
{
    private const string Path = "/v1/devices/d/commands";

    [Fact]
    public async Task A_command_in_json_reaches_the_device_with_all_its_parts()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync(
            "POST", Path,
            """{"body":{"open": [1, true]},"messageId":"m-1","correlationId":"c","subject":"open","ttl":1.5,"properties":{"a":"1","b":"zwei"}}""");
        CommandReceipt receipt = await TestHead.ReadAsync(response, RestanteJson.Default.CommandReceipt, HttpStatusCode.Created);
        Assert.Equal("/v1/commands/" + receipt.Id, response.Headers.Location!.OriginalString);
        Assert.Equal(("d", 1), (receipt.Device, receipt.Depth));
        Assert.Equal(head.Time.GetUtcNow().AddSeconds(1.5), receipt.ExpiresAt);

        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        LeasedMessage message = Assert.Single(await hands.LeaseAsync());
        MessageContent content = MessageContent.Decode(message.Content);
        Assert.Equal(receipt.Id, message.Sequence.ToString());
        Assert.Equal("""{"open": [1, true]}""", Encoding.UTF8.GetString(content.Body.Span));
        Assert.Equal(("m-1", "m-1"), (message.MessageId, content.MessageId));
        Assert.Equal(("c", "open", "application/json"), (content.CorrelationId, content.Subject, content.ContentType));
        Assert.Equal([new("a", "1"), new("b", "zwei")], content.Properties);
    }

    [Theory]
    [InlineData("""{"body":"grüß\u0000"}""", "grüß\0", null, BodyKind.Text)]
    [InlineData("""{"body":"{}","contentType":"application/json"}""", "{}", "application/json", BodyKind.Text)]
    [InlineData("""{"body":17}""", "17", "application/json", BodyKind.Text)]
    [InlineData("""{"body":false,"contentType":"application/cbor"}""", "false", "application/cbor", BodyKind.Text)]
    [InlineData("""{"bodyBase64":"aGk="}""", "hi", null, BodyKind.Binary)]
    [InlineData("""{"body":null}""", "", null, BodyKind.Binary)]
    [InlineData("""{}""", "", null, BodyKind.Binary)]
    public async Task Bodies_in_json_become_bytes(string json, string body, string? contentType, BodyKind kind)
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync("POST", Path, json);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        MessageContent content = MessageContent.Decode(Assert.Single(await hands.LeaseAsync()).Content);
        Assert.Equal((body, contentType, kind), (Encoding.UTF8.GetString(content.Body.Span), content.ContentType, content.BodyKind));
    }

    [Fact]
    public async Task A_raw_body_is_sent_as_it_is_with_properties_from_headers()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new ByteArrayContent([0xFF, 0x00, 0xFE]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("image/x-icon");
        request.Headers.Add("X-Restante-Ttl", "30");
        request.Headers.Add("X-Restante-Message-Id", "m-2");
        request.Headers.Add("X-Restante-Subject", "icon");
        request.Headers.Add("X-Restante-Property-Size", "16");
        using HttpResponseMessage response = await head.Client.SendAsync(request);
        CommandReceipt receipt = await TestHead.ReadAsync(response, RestanteJson.Default.CommandReceipt, HttpStatusCode.Created);
        Assert.Equal(head.Time.GetUtcNow().AddSeconds(30), receipt.ExpiresAt);

        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        LeasedMessage message = Assert.Single(await hands.LeaseAsync());
        MessageContent content = MessageContent.Decode(message.Content);
        Assert.Equal(new byte[] { 0xFF, 0x00, 0xFE }, content.Body.ToArray());
        Assert.Equal(("m-2", "image/x-icon", "icon"), (message.MessageId, content.ContentType, content.Subject));
        Assert.Equal([new("size", "16")], content.Properties);
    }

    [Theory]
    [InlineData("""{"body":"x","bodyBase64":"eA=="}""", 400, "malformed")]
    [InlineData("""{"bodyBase64":"not base64 at all!"}""", 400, "malformed")]
    [InlineData("""{"body":"\ud800"}""", 400, "malformed")]
    [InlineData("""{"subject":"\ud800"}""", 400, "malformed")]
    [InlineData("""{"ttl":0}""", 400, "malformed")]
    [InlineData("""{"ttl":-5}""", 400, "malformed")]
    [InlineData("""{"ttl":1e300}""", 400, "malformed")]
    [InlineData("""{"ttl":"30"}""", 400, "malformed")]
    [InlineData("""{"ttl":99999999}""", 400, "malformed")]
    [InlineData("""{"ttl":5,"expiresAt":"2026-11-22T13:00:00Z"}""", 400, "malformed")]
    [InlineData("""{"expiresAt":"2026-11-22T13:00:00"}""", 400, "malformed")]
    [InlineData("""{"expiresAt":"2026-11-22T11:59:59Z"}""", 410, "expired")]
    [InlineData("""{"properties":{"":"x"}}""", 400, "malformed")]
    [InlineData("""{"properties":{"x":null}}""", 400, "malformed")]
    [InlineData("""{"properties":{"x":1}}""", 400, "malformed")]
    [InlineData("""{"tll":5}""", 400, "malformed")]
    [InlineData("""[]""", 400, "malformed")]
    public async Task A_command_that_breaks_a_rule_is_refused_and_not_stored(string json, int status, string kind)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync("POST", Path, json);
        await TestHead.RefusedAsync(response, status, kind);
        Assert.Equal(0, (await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView)).Mailbox.Depth);
    }

    [Fact]
    public async Task The_place_of_a_fault_in_json_is_told_and_its_value_is_not()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync("POST", Path, """{"body":"x","ttl":"top-secret"}""");
        ProblemView problem = await TestHead.RefusedAsync(response, 400, "malformed");
        Assert.Contains("$.ttl", problem.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("top-secret", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_is_refused_with_a_hint()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.Client.PostAsync(Path, new FormUrlEncodedContent([new("{\"body\"", "1}")]));
        ProblemView problem = await TestHead.RefusedAsync(response, 400, "malformed");
        Assert.Contains("Content-Type: application/json", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sizes_are_limited_and_the_largest_message_fits_in_base64()
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { MaxMessageBytes = 2_048 });
        await head.AddDeviceAsync("d");
        string largest = Convert.ToBase64String(new byte[2_048 - 3]);
        using HttpResponseMessage fits = await head.SendAsync("POST", Path, $$"""{"bodyBase64":"{{largest}}"}""");
        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
        using HttpResponseMessage over = await head.SendAsync("POST", Path, $$"""{"bodyBase64":"{{Convert.ToBase64String(new byte[2_048])}}"}""");
        await TestHead.RefusedAsync(over, 413, "too-large");
        using HttpResponseMessage raw = await head.Client.PostAsync(Path, new ByteArrayContent(new byte[2_049]));
        await TestHead.RefusedAsync(raw, 413, "too-large");
        using HttpResponseMessage vast = await head.SendAsync("POST", Path, $$"""{"body":"{{new string('x', 80_000)}}"}""");
        await TestHead.RefusedAsync(vast, 413, "too-large");
        using var endless = new StreamContent(new MemoryStream(new byte[200_000]));
        endless.Headers.ContentLength = null;
        using HttpResponseMessage chunked = await head.Client.PostAsync(Path, endless);
        await TestHead.RefusedAsync(chunked, 413, "too-large");
    }

    [Fact]
    public async Task A_full_mailbox_an_unknown_device_and_a_full_disk_are_told_apart()
    {
        await using TestHead head = await TestHead.StartAsync(mailboxes: new MailboxLimits { MaxDepth = 1 });
        await head.AddDeviceAsync("d");
        (await head.SendAsync("POST", Path, """{"body":"1"}""")).Dispose();
        using HttpResponseMessage full = await head.SendAsync("POST", Path, """{"body":"2"}""");
        await TestHead.RefusedAsync(full, 429, "mailbox-full");
        Assert.NotNull(full.Headers.RetryAfter);
        using HttpResponseMessage unknown = await head.SendAsync("POST", "/v1/devices/nobody/commands", """{"body":"2"}""");
        await TestHead.RefusedAsync(unknown, 404, "not-found");
        head.Store.Unavailable = true;
        using HttpResponseMessage disk = await head.SendAsync("POST", Path, """{"body":"2"}""");
        await TestHead.RefusedAsync(disk, 503, "unavailable");
        Assert.NotNull(disk.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_command_is_followed_from_waiting_to_its_outcome()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        using HttpResponseMessage sent = await head.SendAsync("POST", Path, """{"body":"x","messageId":"m"}""");
        string place = sent.Headers.Location!.OriginalString;
        CommandView waiting = await head.GetAsync(place, RestanteJson.Default.CommandView);
        Assert.Equal(("waiting", 0, "admin", "m"), (waiting.State, waiting.DeliveryCount, waiting.Sender, waiting.MessageId));
        Assert.Null(waiting.Outcome);

        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        LeasedMessage message = Assert.Single(await hands.LeaseAsync());
        CommandView leased = await head.GetAsync(place, RestanteJson.Default.CommandView);
        Assert.Equal(("leased", 1), (leased.State, leased.DeliveryCount));
        Assert.Equal(head.Time.GetUtcNow().AddMinutes(1), leased.LeasedUntil);

        await hands.SettleAsync(message, SettleVerb.Reject, "no such door");
        CommandView ended = await head.GetAsync(place, RestanteJson.Default.CommandView);
        Assert.Equal(("ended", "rejected", "no such door"), (ended.State, ended.Outcome!.Outcome, ended.Outcome.Reason));
        foreach (string odd in (string[])["/v1/commands/999", "/v1/commands/x", "/v1/commands/-1"])
        {
            using HttpResponseMessage none = await head.SendAsync("GET", odd);
            await TestHead.RefusedAsync(none, 404, "not-found");
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_outcome()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        Task<HttpResponseMessage> sending = head.SendAsync("POST", Path + "?wait=300", """{"body":"x"}""");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(300));
        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        LeasedMessage message = await hands.TakeAsync(SettleVerb.Accept);
        using HttpResponseMessage response = await sending;
        OutcomeView outcome = (await TestHead.ReadAsync(response, RestanteJson.Default.CommandView, HttpStatusCode.OK)).Outcome!;
        Assert.Equal((message.Sequence.ToString(), "accepted", "d", "command"), (outcome.Id, outcome.Outcome, outcome.Device, outcome.Kind));
    }

    [Fact]
    public async Task Waiting_ends_after_its_time_with_the_command_still_open()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        Task<HttpResponseMessage> sending = head.SendAsync("POST", Path + "?wait=2.5", """{"body":"x"}""");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(2.5));
        head.Time.Advance(TimeSpan.FromSeconds(2.5));
        using HttpResponseMessage response = await sending;
        CommandReceipt receipt = await TestHead.ReadAsync(response, RestanteJson.Default.CommandReceipt, HttpStatusCode.Accepted);
        Assert.Equal("/v1/commands/" + receipt.Id, response.Headers.Location!.OriginalString);
        foreach (string odd in (string[])["301", "-1", "soon", "NaN", "1e2"])
        {
            using HttpResponseMessage refused = await head.SendAsync("POST", $"{Path}?wait={odd}", """{"body":"x"}""");
            await TestHead.RefusedAsync(refused, 400, "malformed");
        }
    }

    [Fact]
    public async Task A_mailbox_is_browsed_by_pages_and_purged()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        foreach (string body in (string[])["""{"body":"text","ttl":60}""", """{"body":{"n":1}}""", """{"bodyBase64":"/w=="}"""])
            (await head.SendAsync("POST", Path, body)).Dispose();
        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        await hands.LeaseAsync(1);

        MailboxPage first = await head.GetAsync("/v1/devices/d/mailbox?max=2", RestanteJson.Default.MailboxPage);
        Assert.Equal(["leased", "waiting"], first.Items.Select(m => m.State));
        Assert.Equal("text", first.Items[0].Body!.Value.GetString());
        Assert.Equal(1, first.Items[1].Body!.Value.GetProperty("n").GetInt32());
        Assert.Equal("command", first.Items[1].Kind);
        MailboxPage second = await head.GetAsync($"/v1/devices/d/mailbox?max=2&after={first.Next}", RestanteJson.Default.MailboxPage);
        Assert.Equal("/w==", Assert.Single(second.Items).BodyBase64);
        Assert.Null(second.Items[0].Body);
        Assert.Null(second.Next);

        using HttpResponseMessage purged = await head.SendAsync("DELETE", "/v1/devices/d/mailbox");
        Assert.Equal(2, (await TestHead.ReadAsync(purged, RestanteJson.Default.PurgeView, HttpStatusCode.OK)).Cancelled);
        OutcomePage outcomes = await head.GetAsync("/v1/outcomes", RestanteJson.Default.OutcomePage);
        Assert.All(outcomes.Items, o => Assert.Equal("cancelled", o.Outcome));
        Assert.Contains("admin", outcomes.Items[0].Reason, StringComparison.Ordinal);
        using HttpResponseMessage odd = await head.SendAsync("GET", "/v1/devices/d/mailbox?after=x");
        await TestHead.RefusedAsync(odd, 400, "malformed");
        using HttpResponseMessage none = await head.SendAsync("DELETE", "/v1/devices/nobody/mailbox");
        await TestHead.RefusedAsync(none, 404, "not-found");
    }

    [Theory]
    [InlineData("application/json", "{\"a\":1}", JsonValueKind.Object)]
    [InlineData("application/vnd.x+json; v=1", " [1] ", JsonValueKind.Array)]
    [InlineData("application/json", "\"text\"", JsonValueKind.String)]
    [InlineData("application/json", "{\"a\":1} x", JsonValueKind.String)]
    [InlineData("application/json", "{broken", JsonValueKind.String)]
    [InlineData("text/plain", "{\"a\":1}", JsonValueKind.String)]
    [InlineData(null, "{\"a\":1}", JsonValueKind.String)]
    [InlineData("not a media type", "{}", JsonValueKind.String)]
    public void A_body_is_shown_as_json_only_when_it_says_so_and_is(string? contentType, string body, JsonValueKind kind)
    {
        var content = new MessageContent { Body = Encoding.UTF8.GetBytes(body), ContentType = contentType };
        JsonElement? shown = Views.BodyView.Of(content).Body;
        Assert.Equal(kind, shown!.Value.ValueKind);
        if (kind == JsonValueKind.String)
            Assert.Equal(body, shown.Value.GetString());
    }

    [Fact]
    public async Task Keys_and_bodies_are_written_as_people_copy_them()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage created = await head.SendAsync(
            "POST", "/v1/devices", """{"id":"d","keys":{"primary":"eQJpm+Qsio5G+7tFAXJlF+hrIsVqGJ92JabaSQgbJFE="}}""");
        Assert.Contains("\"eQJpm+Qsio5G+7tFAXJlF+hrIsVqGJ92JabaSQgbJFE=\"", await created.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("nosniff", created.Headers.GetValues("X-Content-Type-Options").Single());
        DeviceRecord device = (await head.Gateway.Devices.FindAsync("d")).Value!;
        await head.PublishAsync(device, "<ü+>\n\u009b");
        string page = await head.Client.GetStringAsync("/v1/telemetry");
        Assert.Contains("\"body\":\"<ü+>\\n\\u009B\"", page, StringComparison.Ordinal);
        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry");
        Assert.Contains("\"body\":\"<ü+>\\n\\u009B\"", (await events.NextAsync())!.Value.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_nested_without_end_does_not_spoil_the_page()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        foreach (int depth in (int[])[31, 32, 33, 62, 64, 1_000])
            await head.PublishAsync(device, new string('[', depth) + new string(']', depth), null, "application/json");
        StreamPage page = await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage);
        Assert.Equal(6, page.Items.Count);
        Assert.Equal(JsonValueKind.Array, page.Items[0].Body!.Value.ValueKind);
        Assert.Equal(JsonValueKind.String, page.Items[^1].Body!.Value.ValueKind);
    }
}
