using System.Net;
using Restante.Contracts;
using Restante.Core.Limits;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class StateTests
{
    private const string Patch = "application/merge-patch+json";
    private const string Desired = "/v1/devices/d/state/desired";

    [Fact]
    public async Task Each_side_writes_its_part_and_reads_both()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        (await head.SendAsync("PATCH", "/v1/devices/d", """{"tags":{"city":"Oslo"}}""")).Dispose();
        using HttpResponseMessage put = await head.SendAsync("PUT", Desired, """{"rate":5,"mode":"eco"}""");
        Assert.Equal("\"1\"", put.Headers.ETag!.Tag);
        StatePartView desired = await TestHead.ReadAsync(put, RestanteJson.Default.StatePartView, HttpStatusCode.OK);
        Assert.Equal((1, 5), (desired.Version, desired.Content.GetProperty("rate").GetInt32()));
        using HttpResponseMessage patched = await head.SendAsync("PATCH", Desired, """{"mode":null}""");
        desired = await TestHead.ReadAsync(patched, RestanteJson.Default.StatePartView, HttpStatusCode.OK);
        Assert.Equal("""{"rate":5}""", desired.Content.GetRawText());

        using HttpResponseMessage reported = await device.SendAsync("PATCH", "/v1/state", """{"rate":4}""", Patch);
        Assert.Equal("\"1\"", reported.Headers.ETag!.Tag);
        using HttpResponseMessage own = await device.SendAsync("GET", "/v1/state");
        Assert.Equal("\"1\"", own.Headers.ETag!.Tag);
        StateView state = await TestHead.ReadAsync(own, RestanteJson.Default.StateView, HttpStatusCode.OK);
        Assert.Equal((2, 1), (state.Desired.Version, state.Reported.Version));
        Assert.Null(state.Tags);
        using HttpResponseMessage services = await head.SendAsync("GET", "/v1/devices/d/state");
        Assert.Equal("\"2\"", services.Headers.ETag!.Tag);
        state = await TestHead.ReadAsync(services, RestanteJson.Default.StateView, HttpStatusCode.OK);
        Assert.Equal(
            (4, "Oslo"), (state.Reported.Content.GetProperty("rate").GetInt32(), state.Tags!.Value.GetProperty("city").GetString()));
    }

    [Fact]
    public async Task Conditions_hold_on_the_part_that_is_written()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        (await head.SendAsync("PUT", Desired, """{"a":1}""")).Dispose();
        using HttpResponseMessage stale = await head.SendAsync("PATCH", Desired, """{"a":2}""", null, ("If-Match", "\"0\""));
        await TestHead.RefusedAsync(stale, 412, "conflict");
        using HttpResponseMessage fresh = await head.SendAsync("PATCH", Desired, """{"a":2}""", null, ("If-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.OK, fresh.StatusCode);
        using HttpResponseMessage old = await device.SendAsync("PATCH", "/v1/state", "{}", Patch, ("If-Match", "\"7\""));
        await TestHead.RefusedAsync(old, 412, "conflict");
        using HttpResponseMessage first = await device.SendAsync("PATCH", "/v1/state", """{"a":1}""", Patch, ("If-Match", "\"0\""));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
    }

    [Fact]
    public async Task A_device_that_waits_is_told_of_a_change()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<HttpResponseMessage> poll = device.SendAsync("GET", "/v1/state?wait=60&after=0");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        (await head.SendAsync("PUT", Desired, """{"a":1}""")).Dispose();
        using HttpResponseMessage changed = await poll;
        Assert.Equal(1, (await TestHead.ReadAsync(changed, RestanteJson.Default.StateView, HttpStatusCode.OK)).Desired.Version);
        using HttpResponseMessage behind = await device.SendAsync("GET", "/v1/state?wait=60&after=0");
        Assert.Equal(HttpStatusCode.OK, behind.StatusCode);
        poll = device.SendAsync("GET", "/v1/state?wait=60&after=1");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        (await head.SendAsync("PATCH", "/v1/devices/d", """{"status":"disabled"}""")).Dispose();
        using HttpResponseMessage ended = await poll;
        await TestHead.RefusedAsync(ended, 401, "unauthorized");
    }

    [Fact]
    public async Task Faults_are_told_with_their_place()
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { MaxStateBytes = 256, MaxStateDepth = 2 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        foreach ((string json, int status, string kind, string detail) in ((string, int, string, string)[])
            [
                ("""{"a":1,}""", 400, "malformed", "line 1, byte 8"),
                ("[]", 400, "malformed", "JSON object"),
                ("""{"a":{"b":{}}}""", 400, "malformed", "line 1, byte 11"),
                ("", 400, "malformed", "state"),
                ($$"""{"a":"{{new string('x', 300)}}"}""", 413, "too-large", "256"),
            ])
        {
            Assert.Contains(
                detail, (await device.RefusedAsync(status, kind, "PATCH", "/v1/state", json, Patch)).Detail, StringComparison.Ordinal);
            using HttpResponseMessage refused = await head.SendAsync("PUT", Desired, json);
            await TestHead.RefusedAsync(refused, status, kind);
        }

        await device.RefusedAsync(400, "malformed", "PATCH", "/v1/state", "{}", "text/plain");
        using HttpResponseMessage none = await head.SendAsync("PUT", "/v1/devices/nobody/state/desired", "{}");
        await TestHead.RefusedAsync(none, 404, "not-found");
    }
}
