using System.Globalization;
using System.Text.Json;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>
/// kill -9 of the real process under load, again and again. Nothing acknowledged may be lost, nothing whose acceptance was confirmed may come
/// again, order is kept, and every command has one outcome. RESTANTE_CRASH_ROUNDS sets how often; the default suits every run of the tests.
/// </summary>
public sealed class CrashTests
{
    private const int Devices = 6;

    private static readonly int s_rounds =
        int.TryParse(Environment.GetEnvironmentVariable("RESTANTE_CRASH_ROUNDS"), CultureInfo.InvariantCulture, out int rounds) ? rounds : 12;

    [Fact]
    public async Task Killed_under_load_it_keeps_its_promises()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("RESTANTE_SEED"), CultureInfo.InvariantCulture, out int given) ? given : 4711;
        var random = new Random(seed);
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        await using var network = new NetworkHost();
        var fleet = new List<CrashDevice>();
        for (int i = 0; i < Devices; i++)
            fleet.Add(new CrashDevice($"crash-{i}", await gateway.CreateDeviceAsync($"crash-{i}")));
        var service = new CrashService();

        for (int round = 0; round < s_rounds; round++)
        {
            using var killed = new CancellationTokenSource();
            List<Task> load = [service.SendAsync(gateway, network, fleet, killed.Token), service.WatchOutcomesAsync(gateway, network, killed.Token)];
            load.AddRange(fleet.Select(device => device.LiveAsync(gateway, network, service, killed.Token)));

            // The instant is random by how much work was acknowledged, not by a clock.
            await service.Progress(random.Next(20, 400)).WaitAsync(TimeSpan.FromSeconds(60));
            await gateway.KillAsync();
            await killed.CancelAsync();
            await Task.WhenAll(load);
            await gateway.StartProcessAsync();
        }

        await DrainAsync(gateway, network, fleet, service);
        Assert.True(service.Acknowledged.Count > s_rounds * 10, "The load was too small to prove anything.");
        AssertOrder(fleet);
        await AssertOneOutcomeEachAsync(gateway, service);
        await AssertTelemetryAsync(gateway, fleet);
        Assert.Empty(fleet.SelectMany(d => d.DeliveredAfterConfirmation));
    }

    // Everything that still waits is received, until each acknowledged command has an outcome.
    private static async Task DrainAsync(GatewayProcess gateway, NetworkHost network, List<CrashDevice> fleet, CrashService service)
    {
        using var done = new CancellationTokenSource();
        List<Task> load = [service.WatchOutcomesAsync(gateway, network, done.Token)];
        load.AddRange(fleet.Select(device => device.LiveAsync(gateway, network, service, done.Token)));
        await service.AllEnded().WaitAsync(TimeSpan.FromSeconds(60));
        await done.CancelAsync();
        await Task.WhenAll(load);
    }

    private static void AssertOrder(List<CrashDevice> fleet)
    {
        foreach (CrashDevice device in fleet)
        {
            // First deliveries come in the order of acceptance; later ones repeat what was not confirmed.
            long[] first = [.. device.Received.Distinct()];
            Assert.Equal(first.Order(), first);
        }
    }

    private static async Task AssertOneOutcomeEachAsync(GatewayProcess gateway, CrashService service)
    {
        var ends = new Dictionary<string, int>();
        long after = 0;
        while (true)
        {
            using JsonDocument page = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/outcomes?after={after}&max=1000"));
            JsonElement items = page.RootElement.GetProperty("items");
            foreach (JsonElement item in items.EnumerateArray())
            {
                string id = item.GetProperty("messageId").GetString()!;
                ends[id] = ends.GetValueOrDefault(id) + 1;
                Assert.Equal("accepted", item.GetProperty("outcome").GetString());
            }

            after = page.RootElement.GetProperty("next").GetInt64();
            if (items.GetArrayLength() == 0)
                break;
        }

        Assert.Empty(service.Acknowledged.Where(id => ends.GetValueOrDefault(id) != 1).Select(id => $"{id}: {ends.GetValueOrDefault(id)} outcomes"));
        Assert.DoesNotContain(ends, end => end.Value != 1);
    }

    private static async Task AssertTelemetryAsync(GatewayProcess gateway, List<CrashDevice> fleet)
    {
        var stored = new Dictionary<string, List<long>>();
        string query = "from=earliest";
        while (true)
        {
            using JsonDocument page = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/telemetry?{query}&max=1000"));
            JsonElement items = page.RootElement.GetProperty("items");
            foreach (JsonElement item in items.EnumerateArray())
            {
                string device = item.GetProperty("device").GetString()!;
                if (!stored.TryGetValue(device, out List<long>? numbers))
                    stored[device] = numbers = [];
                numbers.Add(long.Parse(item.GetProperty("body").GetString()!, CultureInfo.InvariantCulture));
            }

            query = "cursor=" + Uri.EscapeDataString(page.RootElement.GetProperty("next").GetString()!);
            if (items.GetArrayLength() == 0)
                break;
        }

        foreach (CrashDevice device in fleet)
        {
            List<long> numbers = stored.GetValueOrDefault(device.Id) ?? [];
            Assert.Empty(device.AcknowledgedTelemetry.Except(numbers));
            Assert.Equal(numbers.Order(), numbers);
            Assert.Equal(numbers.Distinct().Count(), numbers.Count);
        }
    }
}
