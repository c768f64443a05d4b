using System.Net;
using System.Text.Json;
using Restante.Client;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Serving;

/// <summary>The program as an operator runs it.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task It_needs_no_configuration_and_reuses_what_it_made()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        string key = gateway.AdminKey;
        string ca = await File.ReadAllTextAsync(gateway.CaFile);
        await gateway.CreateDeviceAsync("kept");
        Assert.Equal(0, await gateway.StopAsync());
        await gateway.StartProcessAsync();
        Assert.Equal(key, gateway.AdminKey);
        Assert.Equal(ca, await File.ReadAllTextAsync(gateway.CaFile));
        using HttpResponseMessage found = await gateway.Http.GetAsync("/v1/devices/kept");
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
    }

    [Fact]
    [global::System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Its_secrets_are_for_the_owner_only()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        string[] secrets =
        [
            Path.Combine(gateway.Data, "admin.key"),
            Path.Combine(gateway.Data, "gateway.json"),
            .. Directory.GetFiles(Path.Combine(gateway.Data, "certificates"), "*key*"),
            .. Directory.GetFiles(gateway.Data, "restante.db*"),
        ];
        Assert.True(secrets.Length >= 5);
        foreach (string log in new[] { "streams", "events", "audit" })
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(gateway.Data, log)) & others);
        Assert.All(secrets, file => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & others));
        Assert.DoesNotContain(gateway.AdminKey, gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_tells_peers_why_and_ends_with_0()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        await using var network = new NetworkHost();
        string key = await gateway.CreateDeviceAsync("told");
        AmqpClient amqp = await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint("told", key), "told", CancellationToken.None);
        MqttClient mqtt = await MqttClient.ConnectAsync(network, gateway.MqttEndpoint("told", key), new MqttDeviceOptions(), CancellationToken.None);
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Contains("amqp:connection:forced", await amqp.Ended.WaitAsync(TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
        Assert.Contains("ServerShuttingDown", await mqtt.Ended.WaitAsync(TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(gateway.Data, "gateway.json")));
    }

    [Fact]
    public async Task Sighup_reads_the_certificate_again()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        await gateway.SignalAsync("HUP");
        await gateway.Written("was read again");
        using HttpResponseMessage alive = await gateway.Http.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Theory]
    [InlineData("Listen:Amqp=70000", "from -1 to 65535")]
    [InlineData("Limits:MaxMessageBytes=many", "no whole number")]
    [InlineData("Limits:MaxMesageBytes=1", "Did you mean Limits:MaxMessageBytes")]
    [InlineData("Certificate:File=x.pem", "belong together")]
    [InlineData("Network:MaxPendingOutputBytes=65536", "less than twice Limits:MaxMessageBytes")]
    [InlineData("nonsense", "has no value")]
    public async Task A_configuration_that_cannot_be_used_is_refused_with_how_to_mend_it(string setting, string says)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("restante-test-");
        (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, ["serve", "--data", directory.FullName, "--set", setting]);
        directory.Delete(recursive: true);
        Assert.Equal(78, exit);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_data_is_refused()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        Dictionary<string, string> certificates = FilesOf(Path.Combine(gateway.Data, "certificates"));
        Assert.NotEmpty(certificates);
        (int exit, string output) = await Tool.RunAsync(
            GatewayProcess.Executable,
            ["serve", "--data", gateway.Data, "--host", "other.example", "--amqp-port", "0", "--mqtt-port", "0", "--https-port", "0"]);
        Assert.Equal(78, exit);
        Assert.Equal(certificates, FilesOf(Path.Combine(gateway.Data, "certificates")));
        Assert.Contains("another process", output, StringComparison.OrdinalIgnoreCase);
        using HttpResponseMessage alive = await gateway.Http.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.True(File.Exists(Path.Combine(gateway.Data, "gateway.json")));
    }

    private static Dictionary<string, string> FilesOf(string directory) =>
        Directory.GetFiles(directory, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllText);

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("restante-test-");
        (int exit, string output) = await Tool.RunAsync(
            GatewayProcess.Executable,
            ["serve", "--data", directory.FullName, "--amqp-port", $"{gateway.AmqpPort}", "--mqtt-port", "0", "--https-port", "0", "--set", "Listen:Address=127.0.0.1"]);
        directory.Delete(recursive: true);
        Assert.Equal(78, exit);
        Assert.Contains($"port {gateway.AmqpPort}", output, StringComparison.Ordinal);
        Assert.Contains("--amqp-port", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_tells_its_story_to_the_end()
    {
        (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, ["demo", "--exit"]);
        Assert.True(exit == 0, output);
        foreach (string line in new[]
        {
            "outcome of 'lock the doors': accepted",
            "outcome of 'set the heating to 21 degrees': accepted",
            "outcome of 'flash for the crossing pedestrian': expired",
            "received 'dim to 40 percent' and not the expired one",
            "received answer 3: 'queue at km 52, 9 minutes'",
            "one more answer is refused: Inquiry 1 has ended as cancelled",
            "lamp-9     received 'air quality is poor'",
            "truck-17   received 'air quality is poor'",
            "received 'measure the oil' and no notification, accepts it",
            "received the final report: '82 percent'",
        })
        {
            Assert.Contains(line, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_page_of_settings_is_what_the_program_says()
    {
        (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, ["configuration"]);
        Assert.Equal(0, exit);
        string page = await File.ReadAllTextAsync(Path.Combine(Tool.Sources, "..", "..", "docs", "configuration.md"));
        Assert.True(output == page, "Run: restante configuration > docs/configuration.md");
    }

    [Fact]
    public async Task Wrong_credentials_are_one_refusal_on_every_protocol()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        await using var network = new NetworkHost();
        await gateway.CreateDeviceAsync("known");
        string wrong = Convert.ToBase64String(new byte[32]);
        var said = new HashSet<string>();
        foreach (string user in new[] { "known", "unknown" })
        {
            ClientException amqp = await Assert.ThrowsAsync<ClientException>(
                () => AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint(user, wrong), "c", CancellationToken.None));
            ClientException mqtt = await Assert.ThrowsAsync<ClientException>(
                () => MqttClient.ConnectAsync(network, gateway.MqttEndpoint(user, wrong), new MqttDeviceOptions(), CancellationToken.None));
            using HttpClient http = gateway.CreateHttpClient($"{user}:{wrong}");
            using HttpResponseMessage rest = await http.GetAsync("/v1/devices");
            Assert.Equal(HttpStatusCode.Unauthorized, rest.StatusCode);
            using JsonDocument problem = JsonDocument.Parse(await rest.Content.ReadAsStringAsync());
            said.Add($"{amqp.Message} {mqtt.Message} {problem.RootElement.GetProperty("detail").GetString()}");
        }

        Assert.Single(said);
    }
}
