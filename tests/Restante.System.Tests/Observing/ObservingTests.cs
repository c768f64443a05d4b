using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Restante.Net;
using Restante.System.Tests.CrossProtocol;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Observing;

/// <summary>What the process shows of itself: metrics, traces, health.</summary>
public sealed partial class ObservingTests
{
    private const string Device = "observed-device-4711";
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string TraceParent = $"00-{TraceId}-b7ad6b7169203331-01";

    [Fact]
    public async Task Metrics_are_for_who_may_read_them_name_no_device_and_are_all_documented()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        await ServeOneCommandAsync(gateway, null);
        using HttpClient stranger = gateway.CreateHttpClient(null);
        using HttpClient sender = gateway.CreateHttpClient(await PolicyAsync(gateway, "sender", "send"));
        using HttpClient reader = gateway.CreateHttpClient(await PolicyAsync(gateway, "reader", "metrics-read"));

        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await sender.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync("/v1/devices")).StatusCode);
        string metrics = await reader.GetStringAsync("/metrics");

        Assert.Matches(new Regex("^restante_messages_enqueued(_messages)?_total(\\{[^}]*\\})? 1( |\\r?$)", RegexOptions.Multiline), metrics);
        Assert.Contains("outcome=\"accepted\"", metrics, StringComparison.Ordinal);
        Assert.Contains("restante_certificate_remaining_days{", metrics, StringComparison.Ordinal);
        foreach (string result in new[] { "done", "refused" })
            Assert.Matches(new Regex($"^restante_audit_entries(_entry)?_total\\{{[^}}]*result=\"{result}\"[^}}]*\\}} [1-9]", RegexOptions.Multiline), metrics);
        Assert.Contains("otel_scope_name=\"Restante.Storage\"", metrics, StringComparison.Ordinal);
        foreach (string log in new[] { "Restante.Storage.Events", "Restante.Storage.Audit" })
            Assert.Matches(new Regex($"^restante_streams_appends(_record)?_total\\{{[^}}]*otel_scope_name=\"{log}\"[^}}]*\\}} [1-9]", RegexOptions.Multiline), metrics);
        Assert.DoesNotContain(Device, metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("reader", metrics, StringComparison.Ordinal);
        string[] documented = [.. DocumentedMetric().Matches(await File.ReadAllTextAsync(Page())).Select(static m => m.Groups[1].Value.Replace('.', '_'))];
        string[] undocumented = [.. ScrapedMetric().Matches(metrics).Select(static m => m.Groups[1].Value)
            .Where(name => !documented.Any(d => Rest(name, d) is { } rest && Units().IsMatch(rest)))];
        Assert.Empty(undocumented);
    }

    [Fact]
    public async Task A_trace_goes_with_the_message_and_the_gateway_adds_its_spans()
    {
        using var collector = new Collector();
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", $"Otlp:Endpoint={collector.Address}", "--set", "Otlp:Protocol=HttpProtobuf");
        Arrived arrived = await ServeOneCommandAsync(gateway, TraceParent);
        Assert.Contains(KeyValuePair.Create("traceparent", TraceParent), arrived.Properties);
        await ServeOneCommandAsync(gateway, TraceParent[..^1] + "0", "observed-unsampled");

        Assert.Equal(0, await gateway.StopAsync());

        byte[] traces = collector.All("/v1/traces");
        foreach (string span in new[] { "send mailbox", "wait mailbox", "hold mailbox" })
            Assert.Equal(1, Count(traces, Encoding.UTF8.GetBytes(span)));
        Assert.Equal(3, Count(traces, Convert.FromHexString(TraceId)));
        Assert.Equal(0, Count(traces, "observed-unsampled"u8));
        Assert.Equal(0, Count(traces, Encoding.UTF8.GetBytes(Letter.Text)));
        Assert.NotEmpty(collector.All("/v1/metrics"));
    }

    [Fact]
    public async Task Health_says_whether_it_has_started_and_whether_it_takes_work()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        using HttpClient anyone = gateway.CreateHttpClient(null);
        foreach (string probe in new[] { "live", "started", "ready" })
        {
            using JsonDocument answer = JsonDocument.Parse(await anyone.GetStringAsync($"/health/{probe}"));
            Assert.Equal(probe, answer.RootElement.GetProperty("status").GetString());
        }
    }

    private static async Task<Arrived> ServeOneCommandAsync(GatewayProcess gateway, string? traceParent, string device = Device)
    {
        string key = await gateway.CreateDeviceAsync(device);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/devices/{device}/commands");
        request.Content = new StringContent(Letter.Text);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        if (traceParent is not null)
            request.Headers.Add("traceparent", traceParent);
        using HttpResponseMessage sent = await gateway.Http.SendAsync(request);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var network = new NetworkHost();
        await using IDoor door = await AmqpDoor.OpenAsync(gateway, network, device, key, patience.Token);
        Arrived arrived = await door.ReceiveAsync(patience.Token);
        await arrived.SettleAsync("accept");
        return arrived;
    }

    private static async Task<string> PolicyAsync(GatewayProcess gateway, string name, string right)
    {
        using HttpResponseMessage made = await gateway.Http.PostAsync(
            "/v1/policies", GatewayProcess.Json($$"""{"name":"{{name}}","rights":["{{right}}"]}"""));
        using JsonDocument json = JsonDocument.Parse(await made.Content.ReadAsStringAsync());
        return $"policy/{name}:{json.RootElement.GetProperty("keys").GetProperty("primary").GetString()}";
    }

    private static string? Rest(string name, string documented) =>
        name.StartsWith(documented, StringComparison.Ordinal) ? name[documented.Length..] : null;

    private static int Count(ReadOnlySpan<byte> all, ReadOnlySpan<byte> sought)
    {
        int count = 0;
        for (int at = all.IndexOf(sought); at >= 0; at = all.IndexOf(sought))
        {
            count++;
            all = all[(at + sought.Length)..];
        }

        return count;
    }

    private static string Page() => Path.Combine(Tool.Sources, "..", "..", "docs", "observability.md");

    [GeneratedRegex(@"^\| `(restante\.[a-z0-9._]+)` \|", RegexOptions.Multiline)]
    private static partial Regex DocumentedMetric();

    [GeneratedRegex(@"^# TYPE (restante_\w+) ", RegexOptions.Multiline)]
    private static partial Regex ScrapedMetric();

    // The exporter puts the unit and the kind behind a name.
    [GeneratedRegex(@"^(_(bytes|seconds|days|connection|certificate|handshake|fault|mailbox|message|call|commit|entry|id|record|session|wait))?(_total|_bucket|_ratio)?$")]
    private static partial Regex Units();
}
