using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Clients;

/// <summary>Clients nobody here wrote, as devices and as services, against the real process over TLS.</summary>
[Collection("gateway")]
public sealed class ThirdPartyClients(GatewayFixture fixture)
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Needs("python3-qpid-proton")]
    public Task Proton_sends_telemetry_and_receives_mail() => RunAsync(Tool.Python, "python/proton_mail.py", "proton-mail");

    [Needs("python3-qpid-proton")]
    public Task Proton_is_refused_what_is_not_its_own() => RunAsync(Tool.Python, "python/proton_refusals.py", "proton-refused");

    [Needs("python3-qpid-proton")]
    public Task Proton_settles_in_every_way() => RunAsync(Tool.Python, "python/proton_settling.py", "proton-settling");

    [Needs("rhea")]
    public Task Rhea_sends_telemetry_and_receives_mail() => RunAsync("node", "node/rhea_mail.mjs", "rhea-mail");

    [Needs("python3-paho-mqtt")]
    public Task Paho_speaks_mqtt_3_and_5() => RunAsync(Tool.Python, "python/paho_mail.py", "paho-mail");

    [Needs("python3-paho-mqtt")]
    public Task Paho_is_a_field_gateway_of_two_devices() => RunAsync(Tool.Python, "python/paho_gateway.py", "paho-gateway");

    [Needs("mqtt.js")]
    public Task Mqtt_js_speaks_mqtt_3_and_5() => RunAsync("node", "node/mqttjs_mail.mjs", "mqttjs-mail");

    [Needs("mosquitto-clients")]
    public async Task Mosquitto_publishes_telemetry_and_receives_a_command_that_waited()
    {
        string key = await _gateway.CreateDeviceAsync("mosquitto-1");
        string[] common = ["-h", "localhost", "-p", $"{_gateway.MqttPort}", "--cafile", _gateway.CaFile, "-u", "mosquitto-1", "-P", key];
        foreach (string version in new[] { "mqttv311", "mqttv5" })
        {
            foreach (string qos in new[] { "0", "1", "2" })
            {
                (int published, string said) = await Tool.RunAsync(
                    "mosquitto_pub", [.. common, "-V", version, "-q", qos, "-t", "telemetry/room", "-m", $"{version} {qos}"]);
                Assert.True(published == 0, said);
            }

            using HttpResponseMessage sent = await _gateway.Http.PostAsync(
                "/v1/devices/mosquitto-1/commands", GatewayProcess.Json($$"""{"body":"for {{version}}","contentType":"text/plain"}"""));
            Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());
            (int received, string mail) = await Tool.RunAsync(
                "mosquitto_sub", [.. common, "-V", version, "-i", "reader", "-q", "1", "-t", "mailbox/#", "-C", "1", "-W", "20", "-v"]);
            Assert.True(received == 0, mail);
            Assert.Contains("mailbox/commands/", mail, StringComparison.Ordinal);
            Assert.Contains($"for {version}", mail, StringComparison.Ordinal);
        }
    }

    [Needs("mosquitto-clients")]
    public async Task Mosquitto_with_a_wrong_password_is_refused()
    {
        (int exit, string said) = await Tool.RunAsync(
            "mosquitto_pub",
            ["-h", "localhost", "-p", $"{_gateway.MqttPort}", "--cafile", _gateway.CaFile, "-u", "nobody", "-P", "wrong", "-t", "telemetry", "-m", "x"]);
        Assert.NotEqual(0, exit);
        Assert.Contains("Connection Refused: bad user name or password", said, StringComparison.OrdinalIgnoreCase);
    }

    [Needs("curl")]
    public async Task Curl_sends_a_command_and_reads_what_became_of_it()
    {
        await _gateway.CreateDeviceAsync("curl-1");
        string url = $"https://localhost:{_gateway.HttpsPort}";
        string[] common = ["-sS", "--cacert", _gateway.CaFile, "-u", $"policy/admin:{_gateway.AdminKey}", "-w", "\n%{http_code}"];
        (int exit, string created) = await Tool.RunAsync(
            "curl",
            [.. common, "-X", "POST", "-H", "Content-Type: application/json", "-d", """{"body":"hello","ttl":60}""", $"{url}/v1/devices/curl-1/commands"]);
        Assert.True(exit == 0 && created.EndsWith("201", StringComparison.Ordinal), created);
        (_, string mailbox) = await Tool.RunAsync("curl", [.. common, $"{url}/v1/devices/curl-1/mailbox"]);
        Assert.Contains("hello", mailbox, StringComparison.Ordinal);
        (_, string purged) = await Tool.RunAsync("curl", [.. common, "-X", "DELETE", $"{url}/v1/devices/curl-1/mailbox"]);
        Assert.EndsWith("200", purged, StringComparison.Ordinal);
        (_, string outcomes) = await Tool.RunAsync("curl", [.. common, $"{url}/v1/outcomes?after=0&max=1000"]);
        Assert.Contains("cancelled", outcomes, StringComparison.Ordinal);
        (_, string health) = await Tool.RunAsync("curl", ["-sS", "--cacert", _gateway.CaFile, "-w", "%{http_code}", $"{url}/health/ready"]);
        Assert.EndsWith("200", health, StringComparison.Ordinal);
        (_, string api) = await Tool.RunAsync("curl", ["-sS", "--cacert", _gateway.CaFile, $"{url}/openapi/v1.json"]);
        Assert.Contains("\"openapi\"", api, StringComparison.Ordinal);
    }

    private async Task RunAsync(string program, string script, string device)
    {
        string key = await _gateway.CreateDeviceAsync(device);
        await Tool.RunScriptAsync(program, script, _gateway, device, key);
    }
}
