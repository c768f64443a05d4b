using System.Globalization;
using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>What has to hold at the end, as the gateway itself tells it.</summary>
internal static class PatternEnds
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    /// <summary>Waits until everything acknowledged has arrived and all notifications are settled; fails with what is missing.</summary>
    public static async Task ArrivedAsync(GatewayProcess gateway, PatternLedger ledger)
    {
        using var patience = new CancellationTokenSource(s_patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var open = new HashSet<long>(ledger.Notifications.Keys);
        try
        {
            while (ledger.Missing().Any())
                await look.WaitForNextTickAsync(patience.Token);
            foreach (long id in open.ToList())
            {
                while ((await ReadAsync(gateway, $"/v1/notifications/{id}")).GetProperty("accepted").GetInt64() < ledger.Fleet.Count)
                    await look.WaitForNextTickAsync(patience.Token);
                open.Remove(id);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Lost: {string.Join("; ", ledger.Missing().Take(10))}; not settled: {string.Join(", ", open.Take(10))}; "
                + $"refused: {string.Join("; ", ledger.Unexpected.Take(10))}");
        }
    }

    /// <summary>Each command has one outcome, and each message-id is one command.</summary>
    public static async Task OneOutcomeEachAsync(GatewayProcess gateway, PatternLedger ledger)
    {
        List<JsonElement> outcomes = await ReadFeedAsync(gateway, "/v1/outcomes");
        Assert.All(outcomes, static o => Assert.Equal("accepted", o.GetProperty("outcome").GetString()));
        List<string> ids = [.. outcomes.Select(o => o.GetProperty("messageId").GetString()!)];
        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
        Assert.Empty(ledger.Commands.Keys.Except(ids));
    }

    /// <summary>Each command has its reports, numbered from one, the last of them final; the feed holds each once.</summary>
    public static async Task ReportsWithoutGapAsync(GatewayProcess gateway, PatternLedger ledger)
    {
        List<JsonElement> reports = await ReadFeedAsync(gateway, "/v1/reports");
        List<long> places = [.. reports.Select(r => r.GetProperty("place").GetInt64())];
        Assert.Equal(places.Distinct().Order(), places);
        Assert.True(ledger.Reports.Count <= reports.Count);
        bool[] ends = [.. Enumerable.Repeat(false, PatternService.Parts - 1), true];
        foreach (IGrouping<string, JsonElement> command in reports.GroupBy(r => r.GetProperty("command").GetString()!))
        {
            Assert.Equal(Enumerable.Range(1, PatternService.Parts), command.Select(r => r.GetProperty("number").GetInt32()));
            Assert.Equal(ends, command.Select(r => r.GetProperty("final").GetBoolean()));
            IEnumerable<string> bodies = Enumerable.Range(1, PatternService.Parts).Select(n => $"{command.Key}/{n}");
            Assert.Equal(bodies, command.Select(r => r.GetProperty("body").GetString()));
        }
    }

    /// <summary>Each device has accepted each notification, once.</summary>
    public static async Task EveryNotificationSettledAsync(GatewayProcess gateway, PatternLedger ledger)
    {
        string[] everyone = [.. ledger.Fleet.Select(d => d.Id).Order(StringComparer.Ordinal)];
        foreach (long id in ledger.Notifications.Keys)
        {
            JsonElement page = await ReadAsync(gateway, $"/v1/notifications/{id}/devices");
            List<JsonElement> devices = [.. page.GetProperty("items").EnumerateArray()];
            Assert.Equal(everyone, devices.Select(d => d.GetProperty("device").GetString()).Order(StringComparer.Ordinal));
            Assert.All(devices, static d => Assert.Equal("accepted", d.GetProperty("outcome").GetString()));
        }
    }

    private static async Task<List<JsonElement>> ReadFeedAsync(GatewayProcess gateway, string path)
    {
        List<JsonElement> all = [];
        for (string after = "0"; ;)
        {
            JsonElement page = await ReadAsync(gateway, $"{path}?after={after}&max=1000");
            int before = all.Count;
            all.AddRange(page.GetProperty("items").EnumerateArray());
            if (all.Count == before)
                return all;
            after = page.GetProperty("next").GetInt64().ToString(CultureInfo.InvariantCulture);
        }
    }

    private static async Task<JsonElement> ReadAsync(GatewayProcess gateway, string path)
    {
        using JsonDocument json = JsonDocument.Parse(await gateway.Http.GetStringAsync(path));
        return json.RootElement.Clone();
    }
}
