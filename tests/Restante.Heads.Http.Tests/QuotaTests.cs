using System.Net;
using Restante.Contracts;
using Restante.Core.Limits;
using Restante.Heads.Http.Tests.Hosting;

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
}
