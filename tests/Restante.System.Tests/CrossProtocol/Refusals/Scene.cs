using System.Globalization;
using System.Text.Json;
using Restante.Client;
using Restante.Net;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;
using Restante.System.Tests.Transports;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>What a situation needs: a gateway, a device of its own, and ways to connect; with or without a WebSocket around them.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private const string Reader = "reader";
    private const string Handler = "handler";
    private const string Keeper = "keeper";
    private const int MostTries = 5_000;

    private static int s_devices;

    private readonly bool _inWebSocket;
    private readonly PolicyKeys _keys;
    private readonly CancellationTokenSource _patience = new(Wire.Patience);

    private Scene(GatewayProcess gateway, PolicyKeys keys, bool inWebSocket)
    {
        Gateway = gateway;
        _keys = keys;
        _inWebSocket = inWebSocket;
    }

    /// <summary>A message that takes room.</summary>
    public static byte[] Filling { get; } = new byte[3_500];

    public GatewayProcess Gateway { get; }

    public NetworkHost Network { get; } = new();

    public CancellationToken Cancellation => _patience.Token;

    public string Device { get; private set; } = string.Empty;

    public string Key { get; private set; } = string.Empty;

    /// <summary>A device that is not the one of the scene, whose mailbox has room.</summary>
    public string Other { get; private set; } = string.Empty;

    public static async Task<Scene> StartAsync(GatewayProcess gateway, PolicyKeys keys, bool inWebSocket = false)
    {
        var scene = new Scene(gateway, keys, inWebSocket);
        string id = "refused-" + Interlocked.Increment(ref s_devices).ToString(CultureInfo.InvariantCulture);
        scene.Device = id;
        scene.Other = id + "-other";
        scene.Key = await gateway.CreateDeviceAsync(scene.Device);
        await gateway.CreateDeviceAsync(scene.Other);
        return scene;
    }

    /// <summary>
    /// Creates the policies that the scenes of a gateway share: one may read telemetry and nothing else, one may answer and send, one has
    /// a scope.
    /// </summary>
    public static async Task<PolicyKeys> CreatePoliciesAsync(GatewayProcess gateway) => new(
        await CreatePolicyAsync(gateway, Reader, "telemetry-read"),
        await CreatePolicyAsync(gateway, Handler, "inquiry-answer\",\"send"),
        await CreatePolicyAsync(gateway, Keeper, "registry-write\",\"telemetry-read", ""","scope":{"subjects":[]}"""));

    /// <summary>Does the same again and again until the gateway refuses it.</summary>
    public static async Task<Refused> UntilRefusedAsync(Func<Task<Refused>> work)
    {
        for (int i = 0; i < MostTries; i++)
        {
            Refused refused = await work();
            if (refused.Answer != Refused.Taken)
                return refused;
        }

        throw new Xunit.Sdk.XunitException("All of it was taken.");
    }

    public ClientEndpoint AmqpDevice() => Amqp(Device, Key);

    public ClientEndpoint AmqpService() => Amqp("policy/admin", Gateway.AdminKey);

    public ClientEndpoint AmqpReader() => Amqp("policy/" + Reader, _keys.Reader);

    public ClientEndpoint AmqpHandler() => Amqp("policy/" + Handler, _keys.Handler);

    public ClientEndpoint AmqpKeeper() => Amqp("policy/" + Keeper, _keys.Keeper);

    public async Task<AmqpScript> AmqpScriptAsync() =>
        await AmqpScript.SaslAsync(
            _inWebSocket ? await Wire.OverAsync(Gateway, "/amqp", "amqp") : await Wire.ConnectTlsAsync(Gateway.AmqpPort));

    public async Task<Wire> MqttWireAsync() =>
        _inWebSocket ? await Wire.OverAsync(Gateway, "/mqtt", "mqtt") : await Wire.ConnectTlsAsync(Gateway.MqttPort);

    /// <summary>Sends a command over REST and returns its id.</summary>
    public async Task<string> CommandAsync(string device)
    {
        using JsonDocument sent = await PostAsync(Gateway, $"/v1/devices/{device}/commands", """{"body":"work"}""");
        return sent.RootElement.GetProperty("id").GetString()!;
    }

    /// <summary>Sends commands until the mailbox of the device holds as many as it may.</summary>
    public async Task FillMailboxAsync()
    {
        for (int i = 0; i < RefusalFixture.Depth; i++)
            await CommandAsync(Device);
    }

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        _patience.Dispose();
    }

    private static async Task<string> CreatePolicyAsync(GatewayProcess gateway, string name, string rights, string scope = "")
    {
        using JsonDocument created = await PostAsync(gateway, "/v1/policies", $$"""{"name":"{{name}}","rights":["{{rights}}"]{{scope}}}""");
        return created.RootElement.GetProperty("keys").GetProperty("primary").GetString()!;
    }

    private static async Task<JsonDocument> PostAsync(GatewayProcess gateway, string path, string json)
    {
        using HttpResponseMessage response = await gateway.Http.PostAsync(path, GatewayProcess.Json(json));
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonDocument.Parse(body);
    }

    private ClientEndpoint Amqp(string user, string password)
    {
        ClientEndpoint endpoint = Gateway.AmqpEndpoint(user, password);
        return _inWebSocket ? endpoint.InWebSocket("/amqp", Gateway.HttpsPort) : endpoint;
    }

    /// <summary>The keys of the policies that the scenes of a gateway share.</summary>
    internal sealed record PolicyKeys(string Reader, string Handler, string Keeper);
}
