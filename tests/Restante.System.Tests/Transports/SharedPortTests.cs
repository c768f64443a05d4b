using System.Net;
using System.Net.Security;
using System.Text;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Transports;

/// <summary>AMQP, MQTT and HTTPS on one port of the real process.</summary>
public sealed class SharedPortTests(SharedPortFixture fixture) : IClassFixture<SharedPortFixture>
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Theory]
    [Spec("AMQP-5.2.2-a")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Amqp_and_mqtt_are_told_apart_with_alpn_and_without(bool alpn)
    {
        await using var network = new NetworkHost();
        using var timeout = new CancellationTokenSource(Doors.Patience);
        string key = await _gateway.CreateDeviceAsync($"one-port-{alpn}");
        TlsClientOptions tls = TlsClientOptions.TrustFile(_gateway.CaFile);
        await using AmqpClient amqp = await AmqpClient.ConnectAsync(
            network,
            _gateway.ServiceEndpoint() with { Port = _gateway.AllPort, Tls = alpn ? tls with { AlpnProtocols = ["amqp"] } : tls },
            "one-port",
            timeout.Token);
        await amqp.OpenSenderAsync("devices", timeout.Token);
        await using MqttClient mqtt = await MqttClient.ConnectAsync(
            network,
            _gateway.MqttEndpoint($"one-port-{alpn}", key) with { Port = _gateway.AllPort, Tls = alpn ? tls with { AlpnProtocols = ["mqtt"] } : tls },
            new MqttDeviceOptions(),
            timeout.Token);
        Assert.False(mqtt.Ended.IsCompleted);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Https_is_the_same_there(string version)
    {
        using HttpClient http = _gateway.CreateHttpClient($"policy/admin:{_gateway.AdminKey}");
        http.DefaultRequestVersion = Version.Parse(version);
        http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        string url = $"https://localhost:{_gateway.AllPort}";
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async n =>
        {
            string id = $"rest-{version}-{n}";
            using HttpResponseMessage created = await http.PostAsync($"{url}/v1/devices", GatewayProcess.Json($$"""{"id":"{{id}}"}"""));
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
            Assert.Equal(version, created.Version.ToString());
            using HttpResponseMessage sent = await http.PostAsync(
                $"{url}/v1/devices/{id}/commands", GatewayProcess.Json($$"""{"body":"{{new string('x', 150_000)}}","contentType":"text/plain"}"""));
            Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        }));
        string api = await http.GetStringAsync($"{url}/openapi/v1.json");
        Assert.Contains("\"openapi\"", api, StringComparison.Ordinal);
        Assert.DoesNotContain("/mqtt\"", api, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_needs_no_alpn_and_its_bytes_may_come_one_by_one()
    {
        await using SslStream stream = await Doors.TlsAsync(_gateway, _gateway.AllPort, alpn: null);
        foreach (byte one in "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray())
            await stream.WriteAsync(new[] { one });
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string answer = await reader.ReadToEndAsync().WaitAsync(Doors.Patience);
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("{\"status\":\"live\"}", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_says_nothing_is_given_up_with_the_handshake()
    {
        await using SslStream silent = await Doors.TlsAsync(_gateway, _gateway.AllPort, alpn: null);
        await using SslStream half = await Doors.TlsAsync(_gateway, _gateway.AllPort, alpn: null);
        await half.WriteAsync("AMQ"u8.ToArray());
        foreach (SslStream stream in new[] { silent, half })
        {
            try
            {
                Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Doors.Patience));
            }
            catch (IOException)
            {
                // A reset is an end too.
            }
        }

        await _gateway.Written("not finished in time");
    }

    [Fact]
    public async Task A_listener_takes_what_its_option_says_and_nothing_else()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", "Listen:HttpsProtocols=amqp,mqtt,https", "--set", "Listen:MqttProtocols=mqtt,https");
        await using var network = new NetworkHost();
        using var timeout = new CancellationTokenSource(Doors.Patience);
        string key = await gateway.CreateDeviceAsync("options");
        await using AmqpClient amqp = await AmqpClient.ConnectAsync(
            network, gateway.AmqpEndpoint("options", key) with { Port = gateway.HttpsPort }, "options", timeout.Token);
        await using MqttClient mqtt = await MqttClient.ConnectAsync(network, gateway.MqttEndpoint("options", key), new MqttDeviceOptions(), timeout.Token);
        using HttpClient http = gateway.CreateHttpClient(null);
        Assert.Contains("live", await http.GetStringAsync($"https://localhost:{gateway.MqttPort}/health/live"), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(() => Doors.TlsAsync(gateway, gateway.MqttPort, "amqp"));
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task Plain_text_beyond_loopback_must_be_asked_for_twice()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("restante-test-");
        (int exit, string output) = await Tool.RunAsync(
            GatewayProcess.Executable, ["serve", "--data", directory.FullName, "--set", "Listen:AmqpPlain=0", "--set", "Listen:PlainAddress=0.0.0.0"]);
        directory.Delete(recursive: true);
        Assert.Equal(78, exit);
        Assert.Contains("Listen:AllowPlainBeyondLoopback=true", output, StringComparison.Ordinal);
        await using GatewayProcess told = await GatewayProcess.StartAsync(
            "--set", "Listen:MqttPlain=0", "--set", "Listen:PlainAddress=0.0.0.0", "--set", "Listen:AllowPlainBeyondLoopback=true");
        Assert.Contains("MQTT without TLS", told.Output, StringComparison.Ordinal);
    }
}
