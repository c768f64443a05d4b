using System.Diagnostics;
using Restante.Bench.Measuring;

namespace Restante.Bench.Loads;

/// <summary>Idle devices, each with its mailbox attached: what one costs the gateway in memory, and its handshake in time.</summary>
internal static class IdleLoad
{
    public static async Task RunAsync(ServerUnderTest server, BenchOptions options, Report report)
    {
        Fleet.CheckDescriptors(options.Devices);
        await Fleet.RegisterAsync(server, options.Devices + 50);

        // The first ones pay for what is made once.
        await using var warm = new Connections();
        await warm.OpenAsync(server, options, options.Devices, 50);
        await SettleAsync(server);

        long memory = server.ResidentBytes();
        TimeSpan cpu = server.ProcessorTime();
        long start = Stopwatch.GetTimestamp();
        await using var fleet = new Connections();
        await fleet.OpenAsync(server, options, 0, options.Devices);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        TimeSpan used = server.ProcessorTime() - cpu;
        report.Add("devices", "connections", options.Devices);
        report.Add("connected, authenticated, attached", "per second", options.Devices / took.TotalSeconds);
        report.Add("server CPU per device to connect", "ms", used.TotalMilliseconds / options.Devices);
        report.Add("server memory per device at once", "KiB", (server.ResidentBytes() - memory) / 1024.0 / options.Devices);
        await SettleAsync(server);
        report.Add("server memory per idle device", "KiB", (server.ResidentBytes() - memory) / 1024.0 / options.Devices);
        report.Add("server memory in all", "MiB", server.ResidentBytes() / 1024.0 / 1024.0);
    }

    // Waits until the gateway has nothing to do any more.
    private static async Task SettleAsync(ServerUnderTest server)
    {
        for (int quiet = 0, i = 0; quiet < 5 && i < 60; i++)
        {
            TimeSpan before = server.ProcessorTime();
            await Task.Delay(1000);
            quiet = (server.ProcessorTime() - before).TotalMilliseconds < 30 ? quiet + 1 : 0;
        }
    }

    private sealed class Connections : IAsyncDisposable
    {
        private readonly List<FleetDevice> _open = [];

        public async Task OpenAsync(ServerUnderTest server, BenchOptions options, int first, int count) =>
            _open.AddRange(await FleetDevice.OpenAllAsync(server, options, first, count, credit: 10));

        public ValueTask DisposeAsync()
        {
            _open.ForEach(device => device.Abort());
            return ValueTask.CompletedTask;
        }
    }
}
