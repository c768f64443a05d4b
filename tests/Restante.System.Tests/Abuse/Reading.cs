using System.Net;
using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>What the gateway says of itself over HTTPS.</summary>
internal static class Reading
{
    /// <summary>Sends a command over REST; returns the status.</summary>
    public static async Task<HttpStatusCode> SendAsync(GatewayProcess gateway, string device, string body, string? messageId = null)
    {
        string json = JsonSerializer.Serialize(new Dictionary<string, string> { ["body"] = body, ["contentType"] = "text/plain", ["messageId"] = messageId ?? body });
        using HttpResponseMessage response = await gateway.Http.PostAsync($"/v1/devices/{device}/commands", GatewayProcess.Json(json));
        return response.StatusCode;
    }

    /// <summary>
    /// Waits until so many commands of the device have ended; returns their message-ids and outcomes in the order in which they ended.
    /// </summary>
    public static async Task<List<(string MessageId, string Outcome, int Deliveries)>> OutcomesAsync(GatewayProcess gateway, string device, int count)
    {
        var ends = new List<(string, string, int)>();
        long after = 0;
        using var patience = new CancellationTokenSource(Wire.Patience);
        while (ends.Count < count)
        {
            using JsonDocument page = JsonDocument.Parse(
                await gateway.Http.GetStringAsync($"/v1/outcomes?after={after}&max=1000&wait=5", patience.Token));
            after = page.RootElement.GetProperty("next").GetInt64();
            ends.AddRange(page.RootElement.GetProperty("items").EnumerateArray()
                .Where(item => item.GetProperty("device").GetString() == device)
                .Select(static item => (
                    item.GetProperty("messageId").GetString()!, item.GetProperty("outcome").GetString()!, item.GetProperty("deliveryCount").GetInt32())));
        }

        return ends;
    }

    /// <summary>Waits for the event that a device's connection has ended; returns the reason that stands there.</summary>
    public static async Task<string> DisconnectedAsync(GatewayProcess gateway, string device)
    {
        string place = "from=earliest";
        using var patience = new CancellationTokenSource(Wire.Patience);
        while (true)
        {
            using JsonDocument page = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/events?{place}&max=1000&wait=5", patience.Token));
            place = "cursor=" + Uri.EscapeDataString(page.RootElement.GetProperty("next").GetString()!);
            foreach (JsonElement item in page.RootElement.GetProperty("items").EnumerateArray())
            {
                if (item.GetProperty("device").GetString() == device && item.GetProperty("channel").GetString() == "disconnected")
                    return item.GetProperty("body").GetProperty("reason").GetString()!;
            }
        }
    }

    /// <summary>The bodies of all telemetry of a device, in order.</summary>
    public static async Task<List<string>> TelemetryAsync(GatewayProcess gateway, string device)
    {
        var bodies = new List<string>();
        string place = "from=earliest";
        while (true)
        {
            using JsonDocument page = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/telemetry?{place}&max=1000"));
            JsonElement items = page.RootElement.GetProperty("items");
            bodies.AddRange(items.EnumerateArray().Where(item => item.GetProperty("device").GetString() == device)
                .Select(static item => item.TryGetProperty("body", out JsonElement body) ? body.ToString() : item.GetProperty("bodyBase64").GetString()!));
            if (items.GetArrayLength() == 0)
                return bodies;
            place = "cursor=" + Uri.EscapeDataString(page.RootElement.GetProperty("next").GetString()!);
        }
    }
}
