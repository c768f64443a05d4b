using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Restante.Bench.Measuring;

namespace Restante.Bench.Loads;

/// <summary>
/// Notifications to connected devices: one to all of them, several times, and ones to a group of few and to a group of none. Times count
/// from the service's request, which is made over HTTPS.
/// </summary>
internal static class BroadcastLoad
{
    private const int Few = 10;
    private const int SmallOnes = 50;

    public static async Task RunAsync(ServerUnderTest server, BenchOptions options, Report report)
    {
        Fleet.CheckDescriptors(options.Devices);
        int few = Math.Min(Few, options.Devices);
        await Fleet.RegisterAsync(server, options.Devices, number => number < few ? "bench-few" : null);
        FleetDevice[] devices = await FleetDevice.OpenAllAsync(server, options, 0, options.Devices, credit: 10);
        using var end = new CancellationTokenSource();
        var arrivals = new Broadcast();
        foreach (FleetDevice device in devices)
            _ = ListenAsync(device, arrivals, end.Token);
        report.Add("devices", "connections", options.Devices);

        // Code that runs for the first times is not what is measured.
        for (int i = 0; i < 3; i++)
            await SendToAllAsync(server, options, arrivals, held: i == 1, null);
        for (int i = 0; i < Math.Max(1, options.Messages); i++)
        {
            await SendToAllAsync(server, options, arrivals, held: true, report);
            await SendToAllAsync(server, options, arrivals, held: false, report);
        }

        await SendSmallAsync(server, options, arrivals, "bench-few", few, "a group of few", report);
        await SendSmallAsync(server, options, arrivals, "bench-none", 0, "a group of none", report);
        await end.CancelAsync();
        foreach (FleetDevice device in devices)
            device.Abort();
    }

    /// <summary>One notification to all.</summary>
    /// <param name="server">The gateway.</param>
    /// <param name="options">How many devices, how large.</param>
    /// <param name="arrivals">What the devices receive.</param>
    /// <param name="held">Nobody accepts before all have it, so that what both parts cost is seen apart.</param>
    /// <param name="report">Where the figures go; null for none.</param>
    private static async Task SendToAllAsync(ServerUnderTest server, BenchOptions options, Broadcast arrivals, bool held, Report? report)
    {
        arrivals.Begin(options.Devices, held);
        GatewayMetrics before = await server.MetricsAsync();
        TimeSpan cpu = server.ProcessorTime();
        long start = Stopwatch.GetTimestamp();
        string id = await NotifyAsync(server, """ "audience": "id like 'bench-%'" """, options.SizeBytes);
        TimeSpan published = Stopwatch.GetElapsedTime(start);
        await arrivals.All;
        TimeSpan delivering = server.ProcessorTime() - cpu;
        if (held)
        {
            GatewayMetrics delivered = await server.MetricsAsync();
            report?.AddKnown("publish until all have it, durable writes", "commits", delivered.Since(before, GatewayMetrics.Commits));
            report?.AddKnown("publish until all have it, durable writes", "bytes", delivered.Since(before, GatewayMetrics.Written));
            report?.AddKnown(
                "publish until all have it, server allocation", "bytes per device",
                delivered.Since(before, GatewayMetrics.Allocated) / options.Devices);
            report?.Add("publish until all have it, server CPU", "µs per device", delivering.TotalMicroseconds / options.Devices);
            (cpu, start) = (server.ProcessorTime(), Stopwatch.GetTimestamp());
            arrivals.LetAccept();
            await SettledAsync(server, id, options.Devices);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            TimeSpan used = server.ProcessorTime() - cpu;
            GatewayMetrics settled = await server.MetricsAsync();
            report?.Add("accept by all, took", "ms", took.TotalMilliseconds);
            report?.AddKnown("accept by all, durable writes", "commits", settled.Since(delivered, GatewayMetrics.Commits));
            report?.AddKnown("accept by all, durable writes", "bytes", settled.Since(delivered, GatewayMetrics.Written));
            report?.AddKnown(
                "accept by all, server allocation", "bytes per device",
                settled.Since(delivered, GatewayMetrics.Allocated) / options.Devices);
            report?.Add("accept by all, server CPU", "µs per device", used.TotalMicroseconds / options.Devices);
            return;
        }

        await SettledAsync(server, id, options.Devices);
        TimeSpan done = Stopwatch.GetElapsedTime(start);
        report?.Add("both at once, published", "ms", published.TotalMilliseconds);
        report?.Add("both at once, first device", "ms", arrivals.First(start).TotalMilliseconds);
        report?.Add("both at once, median device", "ms", arrivals.Median(start).TotalMilliseconds);
        report?.Add("both at once, last device", "ms", arrivals.Last(start).TotalMilliseconds);
        report?.Add("both at once, all settled", "ms", done.TotalMilliseconds);
        report?.Add("both at once, server CPU", "µs per device", (server.ProcessorTime() - cpu).TotalMicroseconds / options.Devices);
        report?.AddKnown("both at once, durable writes", "commits", (await server.MetricsAsync()).Since(before, GatewayMetrics.Commits));
    }

    private static async Task SendSmallAsync(
        ServerUnderTest server, BenchOptions options, Broadcast arrivals, string group, int members, string name, Report report)
    {
        var published = new Histogram();
        TimeSpan cpu = server.ProcessorTime();
        for (int i = 0; i < SmallOnes; i++)
        {
            arrivals.Begin(members, held: false);
            long start = Stopwatch.GetTimestamp();
            await NotifyAsync(server, $""" "group": "{group}" """, options.SizeBytes);
            published.Record(Stopwatch.GetElapsedTime(start));
            await arrivals.All;
        }

        report.Add($"{name}, published p50", "ms", published.Percentile(0.5).TotalMilliseconds);
        report.Add($"{name}, server CPU", "µs per notification", (server.ProcessorTime() - cpu).TotalMicroseconds / SmallOnes);
    }

    private static async Task<string> NotifyAsync(ServerUnderTest server, string audience, int size)
    {
        string json = $$"""{ {{audience}}, "ttl": 600, "body": "{{new string('n', size)}}" }""";
        using var body = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await server.Http.PostAsync("/v1/notifications", body);
        string answer = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
            throw new BenchException($"The notification was not taken: {answer}");
        using JsonDocument receipt = JsonDocument.Parse(answer);
        return receipt.RootElement.GetProperty("id").GetString()!;
    }

    // The list, unlike the report of one, does not count its audience.
    private static async Task SettledAsync(ServerUnderTest server, string id, int devices)
    {
        long before = long.Parse(id, CultureInfo.InvariantCulture) - 1;
        string page = "/v1/notifications?max=1" + (before == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"&after={before}"));
        while (true)
        {
            JsonElement answer = await server.Http.GetFromJsonAsync<JsonElement>(page);
            if (answer.GetProperty("items")[0].GetProperty("accepted").GetInt64() >= devices)
                return;
            await Task.Delay(10);
        }
    }

    private static async Task ListenAsync(FleetDevice device, Broadcast arrivals, CancellationToken end)
    {
        try
        {
            while (true)
            {
                Mail mail = await device.ReceiveAsync(end);
                await arrivals.Arrived();
                mail.Accept();
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }

    /// <summary>When the devices got a notification.</summary>
    private sealed class Broadcast
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _all = new();
        private TaskCompletionSource _mayAccept = new();
        private long[] _at = [];
        private int _count;

        /// <summary>Ends when all devices have it.</summary>
        public Task All => _all.Task;

        public void Begin(int devices, bool held)
        {
            lock (_gate)
            {
                _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _mayAccept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _at = new long[devices];
                _count = 0;
                if (!held)
                    _mayAccept.SetResult();
                if (devices == 0)
                    _all.SetResult();
            }
        }

        public void LetAccept() => _mayAccept.SetResult();

        /// <summary>One has it. Returns what ends when it may accept.</summary>
        public Task Arrived()
        {
            lock (_gate)
            {
                if (_count < _at.Length)
                    _at[_count++] = Stopwatch.GetTimestamp();
                if (_count == _at.Length)
                    _all.TrySetResult();
                return _mayAccept.Task;
            }
        }

        public TimeSpan First(long start) => At(start, 0);

        public TimeSpan Median(long start) => At(start, _at.Length / 2);

        public TimeSpan Last(long start) => At(start, _at.Length - 1);

        private TimeSpan At(long start, int place) => Stopwatch.GetElapsedTime(start, _at[place]);
    }
}
