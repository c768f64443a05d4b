using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Restante.Bench.Measuring;
using Restante.Client;
using Restante.Net;

namespace Restante.Bench;

/// <summary>The gateway that is measured: one at a given address, or one that the bench starts as a process of its own.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly BenchOptions _options;
    private readonly string? _data;
    private Process? _process;
    private int _amqpPort;
    private int _mqttPort;
    private long _metricsAt;

    private ServerUnderTest(BenchOptions options, string? data)
    {
        _options = options;
        _data = data;
    }

    public HttpClient Http { get; private set; } = null!;

    public NetworkHost Network { get; } = new();

    public int? ProcessId => _process?.Id ?? _options.ProcessId;

    public bool IsOwn => _options.Url is null;

    private string Host => _options.Url?.Host ?? "localhost";

    private string AdminKey { get; set; } = string.Empty;

    private TlsClientOptions? Tls { get; set; }

    public static async Task<ServerUnderTest> OpenAsync(BenchOptions options)
    {
        string? data = options.Url is null ? options.Data ?? Directory.CreateTempSubdirectory("restante-bench-").FullName : null;
        var server = new ServerUnderTest(options, data);
        if (server.IsOwn)
            await server.StartAsync();
        else
            server.Attach();
        return server;
    }

    public ClientEndpoint Amqp(string user, string password) => new(Host, _amqpPort, user, password, Tls);

    public ClientEndpoint Mqtt(string user, string password) => new(Host, _mqttPort, user, password, Tls);

    public ClientEndpoint Service() => Amqp($"policy/{_options.Policy}", AdminKey);

    /// <summary>Stops the gateway and starts it again on the same data; returns how long it took to be ready.</summary>
    public async Task<TimeSpan> RestartAsync()
    {
        await StopAsync();
        long start = Stopwatch.GetTimestamp();
        await StartAsync();
        return Stopwatch.GetElapsedTime(start);
    }

    public long ResidentBytes() => ProcessFacts.ResidentBytes(ProcessId);

    /// <summary>What the data directory of a gateway that the bench started has on the disk, in bytes.</summary>
    public long DataBytes() => new DirectoryInfo(_data!).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);

    public TimeSpan ProcessorTime() => ProcessFacts.ProcessorTime(ProcessId);

    /// <summary>What the gateway counts of itself now; waits until it counts anew.</summary>
    public async Task<GatewayMetrics> MetricsAsync()
    {
        TimeSpan since = Stopwatch.GetElapsedTime(_metricsAt);
        if (since.TotalMilliseconds < GatewayMetrics.KeptMs)
            await Task.Delay(TimeSpan.FromMilliseconds(GatewayMetrics.KeptMs) - since);
        _metricsAt = Stopwatch.GetTimestamp();
        return await GatewayMetrics.ReadAsync(Http);
    }

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        Http?.Dispose();
        if (_process is null)
            return;
        await StopAsync();
        if (_options.Data is null)
            Directory.Delete(_data!, recursive: true);
    }

    private async Task StopAsync()
    {
        using (Process kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    private async Task StartAsync()
    {
        string program = Environment.ProcessPath
            ?? throw new BenchException("The program's own path is unknown; start a gateway and name it with --url.");
        List<string> arguments = [];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            arguments.Add(Environment.GetCommandLineArgs()[0]);
        arguments.AddRange(["serve", "--data", _data!, "--amqp-port", "0", "--mqtt-port", "0", "--https-port", "0",
            "--set", "Listen:Address=127.0.0.1", "--set", "Log:Level=Warning", "--set", "Network:MaxConcurrentHandshakes=256",
            "--set", "Limits:MaxMessagesPerSecondPerDevice=0", "--set", "Limits:MaxBytesPerSecondPerDevice=0"]);
        if (_options.Plain)
            arguments.AddRange(["--set", "Listen:AmqpPlain=0", "--set", "Listen:MqttPlain=0"]);
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        while (await _process.StandardOutput.ReadLineAsync() is string line)
        {
            if (line.StartsWith("Next, in another terminal", StringComparison.Ordinal))
            {
                _ = _process.StandardOutput.ReadToEndAsync();
                ReadAddresses();
                return;
            }
        }

        await _process.WaitForExitAsync();
        throw new BenchException($"The gateway did not start; it ended with {_process.ExitCode}.");
    }

    private void ReadAddresses()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_data!, "gateway.json")));
        int Port(string name) => json.RootElement.GetProperty(name).GetInt32();
        _amqpPort = Port(_options.Plain ? "amqpPlainPort" : "amqpPort");
        _mqttPort = Port(_options.Plain ? "mqttPlainPort" : "mqttPort");
        AdminKey = File.ReadAllText(Path.Combine(_data!, "admin.key")).Trim();
        string ca = Path.Combine(_data!, "ca.pem");
        Tls = _options.Plain ? null : TlsClientOptions.TrustFile(ca);
        OpenHttp(new Uri($"https://localhost:{Port("httpsPort")}"), ca);
    }

    private void Attach()
    {
        _amqpPort = _options.AmqpPort;
        _mqttPort = _options.MqttPort;
        AdminKey = _options.Key ?? throw new BenchException("Name the key of the policy with --key.");
        Tls = _options.Plain ? null : _options.CaFile is string ca ? TlsClientOptions.TrustFile(ca) : new TlsClientOptions();
        OpenHttp(_options.Url!, _options.CaFile);
    }

    private void OpenHttp(Uri url, string? ca)
    {
        Http?.Dispose();
        var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true };
        if (ca is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(ca);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        Http = new HttpClient(handler)
        {
            BaseAddress = url,
            DefaultRequestVersion = HttpVersion.Version20,
            Timeout = TimeSpan.FromMinutes(2),
        };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"policy/{_options.Policy}:{AdminKey}")));
    }
}
