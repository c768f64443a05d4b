using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Enrolment;

/// <summary>
/// kill -9 while devices enrol. None is enrolled by half: who is in the ledger is there with its state and has used up its claim, and who
/// was let in is in the ledger.
/// </summary>
public sealed class EnrolmentCrashTests
{
    private const int Rounds = 4;
    private const int Claims = 400;

    [Fact]
    public async Task Killed_while_devices_enrol_it_has_none_by_half()
    {
        var random = new Random(4711);
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        using (HttpResponseMessage created = await gateway.Http.PostAsync(
            "/v1/enrolments", GatewayProcess.Json("""{"name":"storm","kind":"claim","desired":{"interval":60}}""")))
        {
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }

        var devices = new Dictionary<string, string>();
        var entered = new ConcurrentDictionary<string, bool>();
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string claim in await ClaimAsync(gateway))
                devices.Add($"storm-{devices.Count}", $"claim:{claim}:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}");
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            int goal = entered.Count + random.Next(20, 120);
            using var killed = new CancellationTokenSource();
            var waiting = new ConcurrentQueue<string>(devices.Keys.Where(d => !entered.ContainsKey(d)));
            Task[] load = [.. Enumerable.Range(0, 8).Select(_ => EnterAsync(gateway, devices, waiting, entered, goal, enough, killed.Token))];
            await enough.Task.WaitAsync(TimeSpan.FromSeconds(90));
            await gateway.KillAsync();
            await killed.CancelAsync();
            await Task.WhenAll(load);
            await gateway.StartProcessAsync();
            await AssertWholeAsync(gateway, devices, entered);
        }
    }

    private static async Task EnterAsync(
        GatewayProcess gateway,
        Dictionary<string, string> devices,
        ConcurrentQueue<string> waiting,
        ConcurrentDictionary<string, bool> entered,
        int goal,
        TaskCompletionSource enough,
        CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && waiting.TryDequeue(out string? id))
        {
            try
            {
                using HttpClient device = gateway.CreateHttpClient($"{id}:{devices[id]}");
                using HttpResponseMessage state = await device.GetAsync("/v1/state", cancellation);
                if (state.IsSuccessStatusCode)
                    entered.TryAdd(id, true);
                if (entered.Count >= goal)
                    enough.TrySetResult();
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                return; // The gateway was killed.
            }
        }
    }

    private static async Task AssertWholeAsync(
        GatewayProcess gateway, Dictionary<string, string> devices, ConcurrentDictionary<string, bool> entered)
    {
        List<string> ledger = await AllAsync(gateway, "/v1/enrolled", "id"), there = await AllAsync(gateway, "/v1/devices", "id");
        Assert.Equal(ledger.Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));
        Assert.Empty(entered.Keys.Except(ledger));
        using JsonDocument group = JsonDocument.Parse(await gateway.Http.GetStringAsync("/v1/enrolments/storm"));
        Assert.Equal(ledger.Count, group.RootElement.GetProperty("enrolled").GetInt32());
        Assert.Equal(devices.Count - ledger.Count, group.RootElement.GetProperty("openClaims").GetInt32());

        // Those that were cut off come again with the same, and are the same.
        foreach (string id in ledger.Except(entered.Keys).Concat(ledger.Take(5)).ToList())
        {
            using HttpClient device = gateway.CreateHttpClient($"{id}:{devices[id]}");
            string state = await device.GetStringAsync("/v1/state");
            Assert.Contains("\"interval\":60", state, StringComparison.Ordinal);
            entered.TryAdd(id, true);
        }
    }

    private static async Task<List<string>> ClaimAsync(GatewayProcess gateway)
    {
        using HttpResponseMessage made = await gateway.Http.PostAsync(
            "/v1/enrolments/storm/claims", GatewayProcess.Json(string.Create(CultureInfo.InvariantCulture, $$"""{"count":{{Claims}}}""")));
        using JsonDocument page = JsonDocument.Parse(await made.Content.ReadAsStringAsync());
        return [.. page.RootElement.GetProperty("items").EnumerateArray().Select(c => c.GetProperty("token").GetString()!)];
    }

    private static async Task<List<string>> AllAsync(GatewayProcess gateway, string path, string member)
    {
        var all = new List<string>();
        string query = "max=1000";
        while (true)
        {
            using JsonDocument page = JsonDocument.Parse(await gateway.Http.GetStringAsync($"{path}?{query}"));
            all.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(i => i.GetProperty(member).GetString()!));
            if (!page.RootElement.TryGetProperty("next", out JsonElement next))
                return all;
            query = "max=1000&after=" + Uri.EscapeDataString(next.GetString()!);
        }
    }
}
