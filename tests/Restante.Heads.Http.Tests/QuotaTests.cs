using System.Net;
using System.Text;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

/// <summary>Who sends more than its quota is told when to come back.</summary>
public sealed class QuotaTests
{
    [Fact]
    public async Task A_device_beyond_its_quota_is_refused_until_it_may_and_a_neighbour_goes_on()
    {
        await using TestHead head = await TestHead.StartAsync(
            new HttpHeadOptions { RetryAfterSeconds = 60, RetryAfterSpreadSeconds = 0 },
            new GatewayLimits { MaxMessagesPerSecondPerDevice = 1, QuotaBurstMs = 3_000 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        using DeviceClient neighbour = await DeviceClient.CreateAsync(head, "other");
        const string Batch = """[{"body":"1"},{"body":"2"},{"body":"3"},{"body":"4"}]""";
        await device.DoAsync("POST", "/v1/telemetry", Batch, "application/vnd.restante.batch+json");
        using HttpResponseMessage refused = await device.SendAsync("POST", "/v1/telemetry", "x");
        ProblemView problem = await TestHead.RefusedAsync(refused, (int)HttpStatusCode.TooManyRequests, "throttled");
        Assert.Contains("quota of 1 messages in a second", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(2, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        for (int i = 0; i < 3; i++)
            await neighbour.DoAsync("POST", "/v1/telemetry", "x");
        head.Time.Advance(TimeSpan.FromSeconds(2));
        await device.DoAsync("POST", "/v1/telemetry", "x");
        await device.RefusedAsync(429, "throttled", "POST", "/v1/telemetry", "x");
    }

    [Fact]
    public async Task A_policy_beyond_its_quota_is_refused()
    {
        await using TestHead head = await TestHead.StartAsync(
            limits: new GatewayLimits { MaxMessagesPerSecondPerPolicy = 1, QuotaBurstMs = 2_000 });
        await head.AddDeviceAsync("d");
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage sent = await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""");
            Assert.True(sent.IsSuccessStatusCode);
        }

        using HttpResponseMessage refused = await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""");
        ProblemView problem = await TestHead.RefusedAsync(refused, 429, "throttled");
        Assert.Contains("The policy sends more than its quota", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_with_a_scope_is_refused_further_acts_and_goes_on_reading_and_sending()
    {
        await using TestHead head = await TestHead.StartAsync(
            new HttpHeadOptions { RetryAfterSpreadSeconds = 0 }, new GatewayLimits { MaxActsPerDayPerScopedPolicy = 4 });
        PolicyScope scope = PolicyScope.Create("id like 'd%'").Value!;
        PolicyRecord policy =
            (await head.Gateway.Policies.CreateAsync("p", Rights.RegistryRead | Rights.RegistryWrite | Rights.Send, null, scope)).Value!;
        using HttpClient client = head.NewClient("policy/p", policy.PrimaryKey.Reveal());
        await DoAsync("POST", "/v1/devices", """{"id":"d1"}""");
        await DoAsync("PATCH", "/v1/devices/d1", """{"tags":{"n":1}}""");

        // Taking back one's own is none.
        using HttpResponseMessage sent = await head.SendAsync("POST", "/v1/devices/d1/commands", """{"body":"x"}""", client);
        await DoAsync("DELETE", sent.Headers.Location!.OriginalString, null);

        // The import itself is one, and there is one left for its lines.
        using var import = new HttpRequestMessage(HttpMethod.Post, "/v1/devices/import?update")
        {
            Content = new StringContent(
                """
                {"id":"d1","tags":{"n":2}}
                {"id":"d2"}
                """,
                Encoding.UTF8,
                "application/x-ndjson"),
        };
        using HttpResponseMessage imported = await client.SendAsync(import);
        DeviceImportView done = await TestHead.ReadAsync(imported, RestanteJson.Default.DeviceImportView, HttpStatusCode.OK);
        Assert.Equal((0, 1, "throttled"), (done.Created, done.Changed, Assert.Single(done.Failures).Kind));

        using HttpResponseMessage refused = await head.SendAsync("PATCH", "/v1/devices/d1", """{"tags":{"n":3}}""", client);
        ProblemView problem = await TestHead.RefusedAsync(refused, 429, "throttled");
        Assert.Equal("The policy 'p' has done more than its quota of 4 acts in a day. Come back in 21600000 ms.", problem.Detail);
        Assert.Equal(6, refused.Headers.RetryAfter!.Delta!.Value.TotalHours);
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/devices/d1/keys", null, client), 429, "throttled");
        await DoAsync("GET", "/v1/devices/d1", null);
        await DoAsync("POST", "/v1/devices/d1/commands", """{"body":"x"}""");
        await TakenBackAsync("/v1/devices/d1/commands", """{"body":"x"}""");
        await TakenBackAsync("/v1/notifications", """{"audience":"id like 'd%'","body":"x"}""");
        await TakenBackAsync("/v1/jobs", """{"audience":"id like 'd%'","body":"x","startAt":"2026-11-22T13:00:00Z"}""");
        using HttpResponseMessage others = await head.SendAsync("POST", "/v1/devices/d1/commands", """{"body":"x"}""");
        await TestHead.RefusedAsync(
            await head.SendAsync("DELETE", others.Headers.Location!.OriginalString, null, client), 429, "throttled");
        Assert.Contains("\"n\":2", (await head.Gateway.Devices.FindAsync("d1")).Value!.Tags, StringComparison.Ordinal);
        head.Time.Advance(TimeSpan.FromHours(6));
        await DoAsync("PATCH", "/v1/devices/d1", """{"tags":{"n":3}}""");
        using HttpResponseMessage byAdmin = await head.SendAsync("PATCH", "/v1/devices/d1", """{"tags":{"n":4}}""");
        Assert.True(byAdmin.IsSuccessStatusCode);

        // What one has sent oneself; also when nothing is left for acts.
        async Task TakenBackAsync(string path, string body)
        {
            using HttpResponseMessage own = await head.SendAsync("POST", path, body, client);
            Assert.Equal(HttpStatusCode.Created, own.StatusCode);
            await DoAsync("DELETE", own.Headers.Location!.OriginalString, null);
        }

        async Task DoAsync(string method, string path, string? body)
        {
            using HttpResponseMessage response = await head.SendAsync(method, path, body, client);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }
    }
}
