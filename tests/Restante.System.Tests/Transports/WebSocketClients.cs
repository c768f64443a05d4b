using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Transports;

/// <summary>Clients nobody here wrote, in WebSockets, against the real process; and each client over one port for all protocols.</summary>
public sealed class WebSocketClients(SharedPortFixture fixture) : IClassFixture<SharedPortFixture>
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Needs("python3-paho-mqtt")]
    public Task Paho_in_a_WebSocket() => RunAsync(Tool.Python, "python/paho_websocket.py", "paho-ws");

    [Needs("mqtt.js")]
    public Task Mqtt_js_in_a_WebSocket() => RunAsync("node", "node/mqttjs_websocket.mjs", "mqttjs-ws");

    [Needs("ws")]
    public Task Rhea_in_a_WebSocket() => RunAsync("node", "node/rhea_websocket.mjs", "rhea-ws");

    [Needs("chromium")]
    public Task A_page_in_Chromium_receives_mail() => RunAsync("node", "node/browser_mail.mjs", "browser");

    [Needs("chromium")]
    public Task A_page_in_Chromium_receives_mail_on_the_shared_port() => RunShared("node", "node/browser_mail.mjs", "browser-one");

    [Needs("chromium")]
    public Task A_page_in_Chromium_receives_mail_as_server_sent_events() => RunAsync("node", "node/browser_events.mjs", "browser-events");

    [Needs("python3-qpid-proton")]
    public Task Proton_on_the_shared_port() => RunShared(Tool.Python, "python/proton_mail.py", "proton-one");

    [Needs("python3-paho-mqtt")]
    public Task Paho_on_the_shared_port() => RunShared(Tool.Python, "python/paho_mail.py", "paho-one");

    [Needs("python3-paho-mqtt")]
    public Task Paho_in_a_WebSocket_on_the_shared_port() => RunShared(Tool.Python, "python/paho_websocket.py", "paho-ws-one");

    [Needs("rhea")]
    public Task Rhea_on_the_shared_port() => RunShared("node", "node/rhea_mail.mjs", "rhea-one");

    [Needs("ws")]
    public Task Rhea_in_a_WebSocket_on_the_shared_port() => RunShared("node", "node/rhea_websocket.mjs", "rhea-ws-one");

    private Task RunShared(string program, string script, string device) => RunAsync(program, script, device, _gateway.AllPort);

    private async Task RunAsync(string program, string script, string device, int? port = null)
    {
        string key = await _gateway.CreateDeviceAsync(device);
        await Tool.RunScriptAsync(program, script, _gateway, device, key, port);
    }
}
