using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.CrossProtocol;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Identity;

/// <summary>
/// The table of docs/authorisation.md against the real process, row by row: what a service with a scope is answered about a device outside
/// is what it is answered about one that does not exist.
/// </summary>
[Collection("gateway")]
public sealed partial class ScopeTests(GatewayFixture fixture)
{
    private const string Inside = "scoped-oslo";
    private const string Outside = "scoped-away";
    private const string Missing = "scoped-none";
    private const string Rights = "\"registry-read\",\"registry-write\",\"send\",\"telemetry-read\",\"inquiry-answer\",\"metrics-read\"";

    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Fact]
    public async Task Every_row_of_the_table_holds_on_the_wire()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        string key = await PolicyAsync("scoped", """{"audience":"tags.tenant = 'oslo'","groups":["own"]}""");
        Dictionary<string, string> outside = await FillAsync(Outside, "away"), inside = await FillAsync(Inside, "oslo");
        using HttpClient scoped = _gateway.CreateHttpClient($"policy/scoped:{key}");
        await using var network = new NetworkHost();
        await using AmqpClient amqp = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint("policy/scoped", key), "scoped", limit.Token);
        var management = new AmqpRequests(amqp, "$management");
        Row[] rows = ReadTable();
        Assert.True(rows.Length >= 34, $"The table has {rows.Length} rows.");
        foreach (Row row in rows)
        {
            foreach ((string method, string path) in row.Requests)
                await TryAsync(scoped, row, method, path, inside, outside);
            foreach ((string operation, string type) in row.Operations.Where(o => o.Operation is not ("QUERY" or "CREATE") || o.Type != "device"))
            {
                Assert.Equal(
                    await AskAsync(management, operation, type, Missing, "99999999", limit.Token),
                    await AskAsync(management, operation, type, Outside, outside["commands"], limit.Token));
            }
        }
    }

    [Fact]
    public async Task Another_scope_ends_what_is_open_within_a_second()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string key = await PolicyAsync("scope-changes", """{"audience":"tags.tenant = 'oslo'"}""");
        using HttpClient scoped = _gateway.CreateHttpClient("policy/scope-changes:" + key);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events?from=latest");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using HttpResponseMessage stream = await scoped.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        await using var network = new NetworkHost();
        await using AmqpClient amqp =
            await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint("policy/scope-changes", key), "scope-changes", limit.Token);
        using HttpResponseMessage changed = await _gateway.Http.PutAsync(
            "/v1/policies/scope-changes/scope", GatewayProcess.Json("""{"audience":"tags.tenant = 'away'"}"""));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Contains("""{"reason":"scope-changed"}""", await stream.Content.ReadAsStringAsync(limit.Token), StringComparison.Ordinal);
        Assert.Contains("scope", await amqp.Ended.WaitAsync(limit.Token), StringComparison.Ordinal);
    }

    private static async Task TryAsync(
        HttpClient scoped, Row row, string method, string path, Dictionary<string, string> inside, Dictionary<string, string> outside)
    {
        string kind = path.Split('/', '?') is [_, _, string named, ..] ? named : string.Empty;
        if (row.Meaning.StartsWith("forbidden", StringComparison.Ordinal))
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(scoped, method, path.TrimEnd('…'), "x")).Status);
            return;
        }

        bool namesOne = path.Contains("{id}", StringComparison.Ordinal) || path.Contains("{lease}", StringComparison.Ordinal);
        if (!namesOne)
        {
            (HttpStatusCode status, string text) = await SendAsync(scoped, method, path, "x");
            Assert.True((int)status is >= 200 and < 300 or 400 or 403 or 404 or 410, $"{method} {path}: {status} {text}");
            Assert.DoesNotContain(Outside, text, StringComparison.Ordinal);
            return;
        }

        string own = outside[kind], none = kind == "devices" ? Missing : "99999999";
        (HttpStatusCode Status, string Text) there = await SendAsync(scoped, method, path, own), nowhere = await SendAsync(scoped, method, path, none);
        Assert.True(
            there.Status == nowhere.Status && Unnamed(there.Text, own) == Unnamed(nowhere.Text, none),
            $"{method} {path}: {there} is not {nowhere}");
        Assert.True((int)there.Status is 404 or 410, $"{method} {path}: {there}");
        if (method == "GET" && kind != "inquiries")
        {
            // What another sent to the inside is not its own, and then it is nothing either.
            HttpStatusCode expected =
                row.Meaning.StartsWith("only own", StringComparison.Ordinal) ? HttpStatusCode.NotFound : HttpStatusCode.OK;
            (HttpStatusCode Status, string Text) here = await SendAsync(scoped, method, path, inside[kind]);
            Assert.True(here.Status == expected, $"{method} {path}: {here}");
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpClient client, string method, string path, string name)
    {
        string at = path.Replace("{id}", name, StringComparison.Ordinal).Replace("{lease}", name + "-1", StringComparison.Ordinal)
            .Replace("{slot}", "primary", StringComparison.Ordinal).Replace("{message}", "1", StringComparison.Ordinal)
            .Replace("{subject}", "scoped-weather", StringComparison.Ordinal).Replace("{group}", "own", StringComparison.Ordinal);
        if (at.EndsWith("/stream", StringComparison.Ordinal))
            at += "?max=0"; // Refused as malformed by who is let in; a stream would go on.
        using var request = new HttpRequestMessage(new HttpMethod(method), at);
        if (method is not ("GET" or "DELETE"))
        {
            string body = at.EndsWith("/commands", StringComparison.Ordinal) || at.EndsWith("/answers", StringComparison.Ordinal) ? """{"body":"x"}"""
                : at.EndsWith("/credentials/primary", StringComparison.Ordinal) ? """{"kind":"key"}"""
                : method == "PATCH" && !at.EndsWith("/desired", StringComparison.Ordinal) ? """{"status":"enabled"}""" : "{}";
            request.Content = GatewayProcess.Json(body);
            if (at.EndsWith("/accept", StringComparison.Ordinal) || at.EndsWith("/renew", StringComparison.Ordinal))
                request.Content = null;
        }

        using HttpResponseMessage response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<string> AskAsync(
        AmqpRequests management, string operation, string type, string device, string command, CancellationToken cancellation)
    {
        var properties = new Dictionary<string, object>
        {
            ["operation"] = operation,
            ["type"] = type,
            ["name"] = device,
            ["slot"] = "primary",
            ["identity"] = type == "command" ? command : "1",
        };
        AmqpMessage answer = await management.SendAsync(properties, null, cancellation);
        object? status = answer.ApplicationProperties!["statusCode"];
        Assert.Equal(404, status);
        return string.Create(CultureInfo.InvariantCulture, $"{answer.ApplicationProperties["statusDescription"]}")
            .Replace(device, "@", StringComparison.Ordinal).Replace(command, "@", StringComparison.Ordinal);
    }

    private static string Unnamed(string text, string name) => Regex.Replace(text, $@"\b{name}(-1)?\b", "@");

    private async Task<string> PolicyAsync(string name, string scope)
    {
        string body = "{\"name\":\"" + name + "\",\"rights\":[" + Rights + "],\"scope\":" + scope + "}";
        return (await DoAsync("POST", "/v1/policies", body)).RootElement.GetProperty("keys").GetProperty("primary").GetString()!;
    }

    // A device of which something has happened; returns what names it, by the first word of the address.
    private async Task<Dictionary<string, string>> FillAsync(string id, string tenant)
    {
        await DoAsync("POST", "/v1/devices", "{\"id\":\"" + id + "\",\"tags\":{\"tenant\":\"" + tenant + "\"}}");
        string keys = (await DoAsync("GET", $"/v1/devices/{id}/keys")).RootElement.GetProperty("keys").GetProperty("primary").GetString()!;
        using HttpClient device = _gateway.CreateHttpClient($"{id}:{keys}");
        (await device.PostAsync("/v1/telemetry", new StringContent("on", Encoding.UTF8, "text/plain"))).EnsureSuccessStatusCode().Dispose();
        (await device.PostAsync("/v1/inquiries/scoped-weather", new StringContent("?", Encoding.UTF8, "text/plain"))).EnsureSuccessStatusCode().Dispose();
        string command = Id(await DoAsync("POST", $"/v1/devices/{id}/commands", """{"body":"x"}"""));
        string audience = "{\"audience\":\"id = '" + id + "'\",\"body\":\"x\"}";
        using HttpResponseMessage taken = await _gateway.Http.GetAsync("/v1/inquiries/scoped-weather?max=1");
        JsonElement inquiry = JsonDocument.Parse(await taken.Content.ReadAsStringAsync()).RootElement.GetProperty("items")[0];
        return new Dictionary<string, string>
        {
            ["devices"] = id,
            ["commands"] = command,
            ["messages"] = command,
            ["notifications"] = Id(await DoAsync("POST", "/v1/notifications", audience)),
            ["jobs"] = Id(await DoAsync("POST", "/v1/jobs", audience)),
            ["inquiries"] = inquiry.GetProperty("lease").GetString()!.Split('-')[0],
        };
    }

    private static string Id(JsonDocument json) => json.RootElement.GetProperty("id").ToString();

    private async Task<JsonDocument> DoAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : GatewayProcess.Json(body) };
        using HttpResponseMessage response = await _gateway.Http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {text}");
        return JsonDocument.Parse(text);
    }

    private static Row[] ReadTable()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Tool.Sources, "..", "..", "docs", "authorisation.md"));
        int head = Array.FindIndex(lines, l => l.StartsWith("| HTTPS | AMQP |", StringComparison.Ordinal));
        return [.. lines.Skip(head + 2).TakeWhile(l => l.StartsWith('|')).Select(Row.Read)];
    }

    private sealed partial record Row(IReadOnlyList<(string Method, string Path)> Requests, IReadOnlyList<(string Operation, string Type)> Operations, string Meaning)
    {
        public static Row Read(string line)
        {
            string[] cells = [.. line.Split('|').Select(c => c.Trim())];
            return new Row(Pairs(cells[1]), [.. AllOperations(cells[2])], cells[3]);
        }

        // Methods without a path have that of the next one; "…/reject" has that of the one before with another end.
        private static List<(string, string)> Pairs(string cell)
        {
            var pairs = new List<(string Method, string Path)>();
            var waiting = new List<string>();
            foreach (string code in Code().Matches(cell).Select(m => m.Groups[1].Value))
            {
                string[] words = code.Split(' ');
                if (words is [var only] && only.StartsWith("…/", StringComparison.Ordinal))
                    pairs.Add((pairs[^1].Method, pairs[^1].Path[..pairs[^1].Path.LastIndexOf('/')] + only[1..]));
                else if (words is [var all] && all.StartsWith('/'))
                    pairs.Add(("GET", all));
                else if (words is [var method])
                    waiting.Add(method);
                else if (!words[1].EndsWith("/…", StringComparison.Ordinal))
                    pairs.AddRange([.. waiting.Append(words[0]).Select(m => (m, words[1]))]);
                if (words.Length > 1)
                    waiting.Clear();
            }

            return pairs;
        }

        private static IEnumerable<(string, string)> AllOperations(string cell)
        {
            string[] codes = [.. Code().Matches(cell).Select(m => m.Groups[1].Value)];
            string? type = codes.LastOrDefault(c => c is "device" or "device-keys" or "mailbox" or "dead-letter" or "command");
            return type is null ? [] : codes.Where(c => Upper().IsMatch(c)).Select(c => (c, type));
        }

        [GeneratedRegex("`([^`]+)`")]
        private static partial Regex Code();

        [GeneratedRegex("^[A-Z]+$")]
        private static partial Regex Upper();
    }
}
