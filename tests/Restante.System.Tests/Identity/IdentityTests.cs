using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Identity;

/// <summary>Certificates and renewed tokens of clients that nobody here wrote, against the real process.</summary>
[Collection("gateway")]
public sealed class IdentityTests(GatewayFixture fixture)
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Needs("python3-qpid-proton")]
    public Task Proton_authenticates_by_certificate() => RunAsync("proton_certificate.py", "proton-certificate", byFactory: false);

    [Needs("python3-paho-mqtt")]
    public Task Paho_authenticates_by_certificate_also_in_a_websocket() => RunAsync("paho_certificate.py", "paho-certificate", byFactory: true);

    [Needs("python3-paho-mqtt")]
    public Task A_resumed_session_is_judged_anew() => RunAsync("certificate_sessions.py", "resumed", byFactory: true);

    [Needs("rhea")]
    public async Task Rhea_puts_tokens_and_renews_them()
    {
        string key = await _gateway.CreateDeviceAsync("rhea-tokens");
        await Tool.RunScriptAsync("node", "node/rhea_tokens.mjs", _gateway, "rhea-tokens", key);
    }

    [Needs("curl")]
    public async Task Curl_authenticates_by_password_but_not_for_pages_of_other_origins()
    {
        string key = await _gateway.CreateDeviceAsync("curl-password");
        string url = $"https://localhost:{_gateway.HttpsPort}";
        foreach (string version in new[] { "--http1.1", "--http2" })
        {
            string[] common = ["-sS", version, "--cacert", _gateway.CaFile, "-u", "curl-password:" + key, "-w", "\n%{http_code}", $"{url}/v1/state"];
            Assert.EndsWith("200", (await Tool.RunAsync("curl", common)).Output, StringComparison.Ordinal);
            Assert.EndsWith("200", (await Tool.RunAsync("curl", [.. common, "-H", $"Origin: {url}"])).Output, StringComparison.Ordinal);
            Assert.EndsWith("401", (await Tool.RunAsync("curl", [.. common, "-H", "Origin: https://other.example"])).Output, StringComparison.Ordinal);
            Assert.EndsWith("401", (await Tool.RunAsync("curl", [.. common, "-H", "Sec-Fetch-Site: cross-site"])).Output, StringComparison.Ordinal);
        }
    }

    [Needs("curl")]
    public async Task Curl_authenticates_by_certificate_but_not_for_pages_of_other_origins()
    {
        using var maker = new Maker("Maker of curl-certificate");
        await maker.RegisterAsync(_gateway, "curl-certificate");
        await CreateAsync("curl-certificate");
        (string certificate, string key) = maker.Sign("curl-certificate", byFactory: true);
        string url = $"https://localhost:{_gateway.HttpsPort}";
        foreach (string version in new[] { "--http1.1", "--http2" })
        {
            string[] common = ["-sS", version, "--cacert", _gateway.CaFile, "--cert", certificate, "--key", key, "-w", "\n%{http_code}", $"{url}/v1/state"];
            Assert.EndsWith("200", (await Tool.RunAsync("curl", common)).Output, StringComparison.Ordinal);
            Assert.EndsWith("200", (await Tool.RunAsync("curl", [.. common, "-H", $"Origin: {url}"])).Output, StringComparison.Ordinal);
            Assert.EndsWith("401", (await Tool.RunAsync("curl", [.. common, "-H", "Origin: https://other.example"])).Output, StringComparison.Ordinal);
            foreach ((string site, string status) in new[] { ("none", "200"), ("same-origin", "200"), ("same-site", "401"), ("cross-site", "401") })
            {
                (_, string embedded) = await Tool.RunAsync("curl", [.. common, "-H", $"Sec-Fetch-Site: {site}", "-H", "Sec-Fetch-Mode: no-cors"]);
                Assert.EndsWith(status, embedded, StringComparison.Ordinal);
            }

            Assert.EndsWith("401", (await Tool.RunAsync("curl", [.. common, "-u", "curl-certificate:wrong"])).Output, StringComparison.Ordinal);
        }
    }

    private async Task CreateAsync(string device)
    {
        using HttpResponseMessage created = await _gateway.Http.PostAsync(
            "/v1/devices",
            GatewayProcess.Json($$$$"""{"id":"{{{{device}}}}","credentials":{"primary":{"kind":"authority","authority":"{{{{device}}}}"}}}"""));
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
    }

    private async Task RunAsync(string script, string device, bool byFactory)
    {
        using var maker = new Maker($"Maker of {device}");
        using var stranger = new Maker("Stranger");
        await maker.RegisterAsync(_gateway, device);
        await CreateAsync(device);
        (string Certificate, string Key) own = maker.Sign(device, byFactory), other = stranger.Sign(device);
        var further = new Dictionary<string, string>
        {
            ["RESTANTE_CERTIFICATE"] = own.Certificate,
            ["RESTANTE_CERTIFICATE_KEY"] = own.Key,
            ["RESTANTE_OTHER_CERTIFICATE"] = other.Certificate,
            ["RESTANTE_OTHER_CERTIFICATE_KEY"] = other.Key,
        };
        await Tool.RunScriptAsync(Tool.Python, $"python/{script}", _gateway, device, "none", further: further);
    }
}
