using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Restante.System.Tests.Identity;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Enrolment;

/// <summary>Devices that nobody has heard of come with clients that nobody here wrote, on every protocol, to the real process.</summary>
[Collection("gateway")]
public sealed class EnrolmentTests(GatewayFixture fixture)
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Needs("python3-paho-mqtt")]
    public async Task Paho_enrols_by_a_derived_key()
    {
        string group = await GroupAsync("paho-keys", """ "kind":"key" """);
        foreach (string version in new[] { "311", "5" })
        {
            string device = $"paho-key-{version}";
            await PahoAsync(version, device, new() { ["RESTANTE_FIRST"] = Derive(group, device), ["RESTANTE_WRONG"] = Derive(group, "another") });
        }
    }

    [Needs("python3-paho-mqtt")]
    public async Task Paho_enrols_by_a_claim()
    {
        await GroupAsync("paho-claims", """ "kind":"claim" """);
        foreach (string version in new[] { "311", "5" })
        {
            string key = NewKey();
            await PahoAsync(version, $"paho-claim-{version}", new()
            {
                ["RESTANTE_FIRST"] = $"claim:{await ClaimAsync("paho-claims")}:{key}",
                ["RESTANTE_LATER"] = key,
                ["RESTANTE_WRONG"] = $"claim:{NoClaim()}:{key}",
            });
        }
    }

    [Needs("python3-paho-mqtt")]
    public async Task Paho_enrols_by_a_certificate_of_an_authority()
    {
        using var maker = new Maker("Maker of paho-enrolled");
        await maker.RegisterAsync(_gateway, "paho-enrolled");
        await GroupAsync("paho-authority", """ "kind":"authority","authority":"paho-enrolled" """);
        foreach (string version in new[] { "311", "5" })
            await PahoAsync(version, $"paho-cert-{version}", Files(maker.Sign($"paho-cert-{version}", byFactory: version == "5")));
    }

    [Needs("python3-paho-mqtt")]
    public async Task Paho_enrols_a_certificate_of_its_own_by_a_claim()
    {
        using var maker = new Maker("Nobody");
        await GroupAsync("paho-pins", """ "kind":"claim" """);
        Dictionary<string, string> further = Files(maker.Sign("paho-pin"));
        further["RESTANTE_FIRST"] = $"claim:{await ClaimAsync("paho-pins")}";
        further["RESTANTE_WRONG"] = $"claim:{NoClaim()}";
        await PahoAsync("5", "paho-pin", further);
    }

    [Needs("python3-qpid-proton")]
    public async Task Proton_enrols_by_plain_and_external()
    {
        using var maker = new Maker("Maker of proton-enrolled");
        await maker.RegisterAsync(_gateway, "proton-enrolled");
        await GroupAsync("proton-authority", """ "kind":"authority","authority":"proton-enrolled" """);
        string group = await GroupAsync("proton-keys", """ "kind":"key" """);
        await GroupAsync("proton-claims", """ "kind":"claim" """);
        await ProtonAsync("proton-key", new() { ["RESTANTE_FIRST"] = Derive(group, "proton-key"), ["RESTANTE_WRONG"] = Derive(group, "another") });
        await ProtonAsync("proton-claim", new()
        {
            ["RESTANTE_FIRST"] = $"claim:{await ClaimAsync("proton-claims", "proton-claim")}:{NewKey()}",
            ["RESTANTE_WRONG"] = $"claim:{await ClaimAsync("proton-claims", "proton-other")}:{NewKey()}",
            ["RESTANTE_ONCE"] = "1",
        });
        await ProtonAsync("proton-external", Files(maker.Sign("proton-external")));
        Dictionary<string, string> pinned = Files(maker.Sign("proton-pin-other-name"));
        pinned["RESTANTE_FIRST"] = $"claim:{await ClaimAsync("proton-claims")}";
        pinned["RESTANTE_ONCE"] = "1";
        await ProtonAsync("proton-pin", pinned);
    }

    [Needs("rhea")]
    public async Task Rhea_enrols_by_a_token_on_cbs()
    {
        string group = await GroupAsync("rhea-keys", """ "kind":"key","idPrefix":"rhea-enrol" """);
        await Tool.RunScriptAsync("node", "node/rhea_enrol.mjs", _gateway, "rhea-enrol", group);
        Assert.Equal("rhea-keys", await GroupOfAsync("rhea-enrol"));
    }

    [Needs("curl")]
    public async Task Curl_enrols_by_every_proof()
    {
        using var maker = new Maker("Maker of curl-enrolled");
        await maker.RegisterAsync(_gateway, "curl-enrolled");
        await GroupAsync("curl-authority", """ "kind":"authority","authority":"curl-enrolled","idPrefix":"curl-" """);
        string group = await GroupAsync("curl-keys", """ "kind":"key" """);
        await GroupAsync("curl-claims", """ "kind":"claim" """);
        string claim = await ClaimAsync("curl-claims"), other = await ClaimAsync("curl-claims"), key = NewKey();
        (string certificate, string certificateKey) = maker.Sign("curl-cert");
        (string pin, string pinKey) = maker.Sign("urn-pin");
        string token = Token(Derive(group, "curl-token"), "curl-token");
        Assert.Equal("200", await CurlAsync("-u", $"curl-key:{Derive(group, "curl-key")}"));
        Assert.Equal("200", await CurlAsync("-H", $"Authorization: {token}"));
        Assert.Equal("200", await CurlAsync("--cert", certificate, "--key", certificateKey));
        Assert.Equal("200", await CurlAsync("-u", $"urn:dev:curl:claim:{claim}:{key}"));
        Assert.Equal("200", await CurlAsync("-u", $"urn:dev:curl:{key}"));
        Assert.Equal("401", await CurlAsync("-u", $"urn:dev:other:claim:{claim}:{key}"));
        Assert.Equal("401", await CurlAsync("-u", $"curl-pin:claim:{other}"));
        Assert.Equal("401", await CurlAsync("-u", $"curl-pin:claim:{other}", "--cert", pin, "--key", pinKey, "-H", "Origin: https://other.example"));
        Assert.Equal("200", await CurlAsync("-u", $"curl-pin:claim:{other}", "--cert", pin, "--key", pinKey));
        foreach ((string device, string of) in new[]
        {
            ("curl-key", "curl-keys"),
            ("curl-token", "curl-keys"),
            ("curl-cert", "curl-authority"),
            ("urn:dev:curl", "curl-claims"),
            ("curl-pin", "curl-claims"),
        })
        {
            Assert.Equal(of, await GroupOfAsync(device));
        }
    }

    [Fact]
    public async Task Of_two_devices_with_one_claim_at_once_exactly_one_is_let_in()
    {
        await GroupAsync("race", """ "kind":"claim" """);
        for (int round = 0; round < 10; round++)
        {
            string claim = await ClaimAsync("race"), key = NewKey();
            bool[] entered = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
            {
                using HttpClient device = _gateway.CreateHttpClient($"race-{round}-{i}:claim:{claim}:{key}");
                using HttpResponseMessage state = await device.GetAsync("/v1/state");
                return state.IsSuccessStatusCode;
            }));
            Assert.Single(entered, true);
        }
    }

    private async Task PahoAsync(string version, string device, Dictionary<string, string> further)
    {
        further["RESTANTE_MQTT"] = version;
        await Tool.RunScriptAsync(Tool.Python, "python/enrol_paho.py", _gateway, device, "none", further: further);
    }

    private Task ProtonAsync(string device, Dictionary<string, string> further) =>
        Tool.RunScriptAsync(Tool.Python, "python/enrol_proton.py", _gateway, device, "none", further: further);

    private async Task<string> CurlAsync(params string[] arguments)
    {
        (_, string output) = await Tool.RunAsync(
            "curl",
            ["-sS", "--cacert", _gateway.CaFile, "-o", "/dev/null", "-w", "%{http_code}", .. arguments, $"https://localhost:{_gateway.HttpsPort}/v1/state"]);
        return output;
    }

    /// <summary>Creates a group and returns its primary key, if it has one.</summary>
    private async Task<string> GroupAsync(string name, string more)
    {
        JsonElement group = await PostAsync(
            "/v1/enrolments", $$$"""{"name":"{{{name}}}","tags":{"fleet":"north"},"groups":["new"],{{{more}}}}""");
        return group.TryGetProperty("keys", out JsonElement keys) ? keys.GetProperty("primary").GetString()! : "";
    }

    private async Task<string> ClaimAsync(string group, string? device = null)
    {
        JsonElement made = await PostAsync($"/v1/enrolments/{group}/claims", device is null ? "{}" : $$"""{"device":"{{device}}"}""");
        return made.GetProperty("items")[0].GetProperty("token").GetString()!;
    }

    private async Task<string> GroupOfAsync(string device)
    {
        using JsonDocument entry = JsonDocument.Parse(await _gateway.Http.GetStringAsync($"/v1/enrolled/{device}"));
        return entry.RootElement.GetProperty("group").GetString()!;
    }

    private async Task<JsonElement> PostAsync(string path, string body)
    {
        using HttpResponseMessage response = await _gateway.Http.PostAsync(path, GatewayProcess.Json(body));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        using JsonDocument json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }

    private static Dictionary<string, string> Files((string Certificate, string Key) files) => new()
    {
        ["RESTANTE_CERTIFICATE"] = files.Certificate,
        ["RESTANTE_CERTIFICATE_KEY"] = files.Key,
    };

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string NoClaim() => NewKey().TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Derive(string groupKey, string device) =>
        Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(groupKey), Encoding.UTF8.GetBytes(device)));

    private static string Token(string key, string device)
    {
        string resource = Uri.EscapeDataString($"localhost/devices/{device}");
        long expiry = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60;
        byte[] signature = HMACSHA256.HashData(Convert.FromBase64String(key), Encoding.UTF8.GetBytes($"{resource}\n{expiry}"));
        return $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expiry}";
    }
}
