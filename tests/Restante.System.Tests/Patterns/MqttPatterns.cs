using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Patterns;

/// <summary>Devices on MQTT clients nobody here wrote in every pattern, against the real process over TLS.</summary>
[Collection("gateway")]
public sealed class MqttPatterns(GatewayFixture fixture)
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Needs("python3-paho-mqtt")]
    public Task Paho_plays_the_device_in_every_pattern() => RunAsync(Tool.Python, "python/paho_patterns.py", "paho-patterns");

    [Needs("mqtt.js")]
    public Task Mqtt_js_plays_the_device_in_the_patterns() => RunAsync("node", "node/mqttjs_patterns.mjs", "mqttjs-patterns");

    private async Task RunAsync(string program, string script, string device)
    {
        string key = await _gateway.CreateDeviceAsync(device);
        await Tool.RunScriptAsync(program, script, _gateway, device, key);
    }
}
