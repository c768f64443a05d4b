using System.Net;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance.Streams;

namespace Restante.Heads.Http.Tests;

public sealed class DeviceIntakeTests
{
    private const string Batch = "application/vnd.restante.batch+json";

    [Fact]
    public async Task Telemetry_is_stored_as_it_is_under_the_name_of_who_sent_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await device.DoAsync("POST", "/v1/telemetry", """{"t":21}""", "application/json");
        using (HttpResponseMessage sent = await device.SendAsync(
            "POST", "/v1/telemetry/partitions", "hot", "text/plain", ("X-Restante-Property-Unit", "C"), (
                "X-Restante-Subject", "temperature")))
            Assert.Equal(HttpStatusCode.NoContent, sent.StatusCode);
        StreamPage page = await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage);
        Assert.Equal([("d", null), ("d", "partitions")], page.Items.Select(r => (r.Device, r.Channel)));
        Assert.Equal(21, page.Items[0].Body!.Value.GetProperty("t").GetInt32());
        Assert.Equal(
            ("hot", "temperature", "C"), (page.Items[1].Body!.Value.GetString(), page.Items[1].Subject, page.Items[1].Properties!["unit"]));
    }

    [Fact]
    public async Task A_batch_is_stored_whole_and_in_order()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await device.DoAsync(
            "POST", "/v1/telemetry/c", """[{"body":{"n":1},"properties":{"p":"v"}},{"body":"2"},{"bodyBase64":"/w=="}]""", Batch);
        StreamPage page = await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage);
        Assert.Equal(["c", "c", "c"], page.Items.Select(r => r.Channel));
        Assert.Equal((1, "v", "2", "/w=="), (page.Items[0].Body!.Value.GetProperty("n").GetInt32(), page.Items[0].Properties!["p"],
            page.Items[1].Body!.Value.GetString(), page.Items[2].BodyBase64));
    }

    [Theory]
    [InlineData("""[{"body":"1"},{"body":"2","bodyBase64":"eA=="}]""", 400, "malformed", "Message 1 of the batch")]
    [InlineData("""[{"body":"1"},null]""", 400, "malformed", "Message 1 of the batch is null")]
    [InlineData("""[{"body":"1"},{"bdoy":"2"}]""", 400, "malformed", "$[1].bdoy")]
    [InlineData("[]", 400, "malformed", "1 to 1000")]
    [InlineData("""{"body":"1"}""", 400, "malformed", "line 1")]
    [InlineData("null", 400, "malformed", "not null")]
    [InlineData("""[{"body":"1"},{"body":"LARGE"}]""", 413, "too-large", "Message 1 of the batch")]
    public async Task Of_a_batch_with_a_fault_nothing_is_stored(string json, int status, string kind, string detail)
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { MaxMessageBytes = 1_024 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        json = json.Replace("LARGE", new string('x', 2_000), StringComparison.Ordinal);
        Assert.Contains(
            detail, (await device.RefusedAsync(status, kind, "POST", "/v1/telemetry", json, Batch)).Detail, StringComparison.Ordinal);
        Assert.Empty((await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage)).Items);
    }

    [Fact]
    public async Task Sizes_channels_forms_and_a_full_disk_are_refused()
    {
        var streams = new MemoryStreamStore();
        await using TestHead head = await TestHead.StartAsync(
            new HttpHeadOptions { MaxBatchBytes = 65_536 }, new GatewayLimits { MaxMessageBytes = 1_024 }, streams: streams);
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await device.RefusedAsync(413, "too-large", "POST", "/v1/telemetry", new string('x', 1_025));
        string large = string.Join(',', Enumerable.Repeat("""{"body":"0123456789"}""", 4_000));
        await device.RefusedAsync(413, "too-large", "POST", "/v1/telemetry", $"[{large}]", Batch);
        await device.RefusedAsync(400, "malformed", "POST", "/v1/telemetry/a%20b", "x");
        await device.RefusedAsync(400, "malformed", "POST", "/v1/telemetry", "a=b", "application/x-www-form-urlencoded");
        streams.Unavailable = true;
        await device.RefusedAsync(503, "unavailable", "POST", "/v1/telemetry", """[{"body":"1"}]""", Batch);
    }

    [Fact]
    public async Task Reports_are_numbered_end_with_a_mark_and_are_of_their_own_commands_only()
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { MaxReportsPerCommand = 3 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        using DeviceClient other = await DeviceClient.CreateAsync(head, "other");
        foreach (int _ in (int[])[1, 2])
            (await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""")).Dispose();

        Assert.Equal((1, false), await ReportAsync(device, "/v1/reports/1", HttpStatusCode.Created));
        Assert.Equal((2, false), await ReportAsync(device, "/v1/reports/1?number=2", HttpStatusCode.Created));
        Assert.Equal((2, true), await ReportAsync(device, "/v1/reports/1?number=2", HttpStatusCode.OK));
        await device.RefusedAsync(409, "conflict", "POST", "/v1/reports/1?number=4", "x");
        await other.RefusedAsync(404, "not-found", "POST", "/v1/reports/1", "x");
        await device.RefusedAsync(404, "not-found", "POST", "/v1/reports/99", "x");
        await device.RefusedAsync(404, "not-found", "POST", "/v1/reports/x", "x");
        await device.RefusedAsync(400, "malformed", "POST", "/v1/reports/1?final=perhaps", "x");
        await device.RefusedAsync(400, "malformed", "POST", "/v1/reports/1?number=0", "x");
        Assert.Equal((3, false), await ReportAsync(device, "/v1/reports/1?final", HttpStatusCode.Created));
        await device.RefusedAsync(409, "conflict", "POST", "/v1/reports/1", "x");
        foreach (int _ in (int[])[1, 2, 3])
            await ReportAsync(device, "/v1/reports/2?final=false", HttpStatusCode.Created);
        await device.RefusedAsync(409, "limit-reached", "POST", "/v1/reports/2", "x");
    }

    [Fact]
    public async Task The_time_for_reports_ends()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        (await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x","reportsUntil":"2026-11-22T12:01:00Z"}""")).Dispose();
        head.Time.Advance(TimeSpan.FromSeconds(61));
        await device.RefusedAsync(410, "expired", "POST", "/v1/reports/1", "x");
    }

    [Fact]
    public async Task A_gateway_acts_for_the_devices_it_was_granted_and_no_others()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord record = await head.AddDeviceAsync("gateway");
        using DeviceClient gateway = DeviceClient.Of(head, record);
        foreach (string json in (string[])
            [
                """{"id":"child","gateway":"gateway"}""",
                """{"id":"off","status":"disabled","gateway":"gateway"}""",
                """{"id":"foreign"}""",
            ])
        {
            using HttpResponseMessage created = await head.SendAsync("POST", "/v1/devices", json);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }

        DeviceClient child = gateway.For("child");
        await child.DoAsync("POST", "/v1/telemetry", "x");
        Assert.Equal("child", Assert.Single((await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage)).Items).Device);
        foreach (string command in (string[])["child", "gateway"])
            (await head.SendAsync("POST", $"/v1/devices/{command}/commands", $$"""{"body":"for {{command}}"}""")).Dispose();
        DeliveredMessage mail = Assert.Single(await child.TakeAsync());
        Assert.Equal("for child", mail.Body!.Value.GetString());
        Assert.Equal("for gateway", Assert.Single(await gateway.TakeAsync()).Body!.Value.GetString());
        await gateway.RefusedAsync(410, "expired", "DELETE", "/v1/mailbox/" + mail.Lease); // Of the child, not of the gateway.
        await child.DoAsync("DELETE", "/v1/mailbox/" + mail.Lease);

        string? refusal = null;
        foreach (string no in (string[])["foreign", "nobody", "off", "gateway"])
        {
            ProblemView problem = await gateway.For(no).RefusedAsync(403, "forbidden", "POST", "/v1/telemetry", "x");
            string text = problem.Detail!.Replace($"for '{no}'", "for X", StringComparison.Ordinal);
            Assert.Equal(refusal ??= text, text);
        }
    }

    [Theory]
    [InlineData("PATCH", "/v1/devices/child", """{"gateway":""}""")]
    [InlineData("PATCH", "/v1/devices/child", """{"gateway":"other"}""")]
    [InlineData("PATCH", "/v1/devices/child", """{"status":"disabled"}""")]
    [InlineData("PATCH", "/v1/devices/gateway", """{"status":"disabled"}""")]
    [InlineData("POST", "/v1/devices/gateway/keys/primary/rotate", null)]
    [InlineData("DELETE", "/v1/devices/child", null)]
    [InlineData("DELETE", "/v1/devices/gateway", null)]
    public async Task What_revokes_a_gateway_ends_what_waits_for_its_devices(string method, string path, string? body)
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient gateway = DeviceClient.Of(head, await head.AddDeviceAsync("gateway"));
        await head.AddDeviceAsync("other");
        (await head.SendAsync("POST", "/v1/devices", """{"id":"child","gateway":"gateway"}""")).Dispose();
        Task<HttpResponseMessage> poll = gateway.For("child").SendAsync("GET", "/v1/mailbox?wait=60");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        (await head.SendAsync("POST", "/v1/devices/child/keys/primary/rotate")).Dispose();
        Assert.False(poll.IsCompleted); // The child's own keys are none of the gateway's.
        (await head.SendAsync(method, path, body)).Dispose();
        using HttpResponseMessage ended = await poll.WaitAsync(TimeSpan.FromSeconds(20));
        await TestHead.RefusedAsync(ended, 401, "unauthorized");
        Assert.Equal(0, head.Gateway.Mailboxes.Held);
    }

    private static async Task<(int Number, bool IsDuplicate)> ReportAsync(DeviceClient device, string path, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await device.SendAsync("POST", path, "done");
        ReportReceipt receipt = await TestHead.ReadAsync(response, RestanteJson.Default.ReportReceipt, expected);
        return (receipt.Number, receipt.IsDuplicate);
    }
}
