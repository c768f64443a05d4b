using System.Diagnostics;
using System.Globalization;
using Restante.Bench.Measuring;

namespace Restante.Bench.Loads;

/// <summary>
/// A fleet in the registry: how fast it comes in, once more, and out again with its keys, what it takes in memory and on the disk, and how
/// long a start takes with it.
/// </summary>
internal static class RegistryLoad
{
    private const int Groups = 100;

    public static async Task RunAsync(ServerUnderTest server, BenchOptions options, Report report)
    {
        int devices = options.Devices;
        long before = server.ResidentBytes();
        TimeSpan cpu = server.ProcessorTime();
        double imported = await TimeAsync(() => Fleet.RegisterAsync(server, devices, Group));
        report.Add("imported", "devices per second", devices / imported);
        report.Add("server CPU per imported device", "µs", (server.ProcessorTime() - cpu).TotalMicroseconds / devices);
        double again = await TimeAsync(() => Fleet.RegisterAsync(server, devices, Group));
        report.Add("imported once more, as they are", "devices per second", devices / again);

        cpu = server.ProcessorTime();
        long bytes = 0;
        double exported = await TimeAsync(async () => bytes = await ExportAsync(server, devices));
        report.Add("exported with keys", "devices per second", devices / exported);
        report.Add("server CPU per exported device", "µs", (server.ProcessorTime() - cpu).TotalMicroseconds / devices);
        report.Add("size of the export", "bytes per device", bytes / (double)devices);
        report.Add("server memory per device, caches included", "bytes", (server.ResidentBytes() - before) / (double)devices);
        if (!server.IsOwn)
            return;
        TimeSpan restart = await server.RestartAsync();
        report.Add("data directory", "bytes per device", server.DataBytes() / (double)devices);
        report.Add("restart until ready", "s", restart.TotalSeconds);
        report.Add("server memory after the restart", "MiB", server.ResidentBytes() / 1024.0 / 1024.0);
        report.Add("server memory per device after the restart", "bytes", (server.ResidentBytes() - before) / (double)devices);
    }

    private static string Group(int number) => string.Create(CultureInfo.InvariantCulture, $"fleet-{number % Groups}");

    private static async Task<double> TimeAsync(Func<Task> act)
    {
        long start = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <returns>How many bytes came.</returns>
    private static async Task<long> ExportAsync(ServerUnderTest server, int devices)
    {
        using HttpResponseMessage response =
            await server.Http.GetAsync("/v1/devices/export?keys", HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
            throw new BenchException($"The devices could not be exported: {await response.Content.ReadAsStringAsync()}");
        await using Stream body = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[128 * 1024];
        long bytes = 0;
        int lines = 0;
        while (await body.ReadAsync(buffer) is > 0 and int read)
        {
            bytes += read;
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        }

        return lines >= devices ? bytes : throw new BenchException($"The export has {lines} devices of {devices}.");
    }
}
