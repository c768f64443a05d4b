using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Restante.Client;
using Restante.Net;

namespace Restante.System.Tests.Processes;

/// <summary>The real program in a process of its own, on free ports, with a directory of its own.</summary>
public sealed class GatewayProcess : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly StringBuilder _output = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];
    private Process? _process;
    private HttpClient? _http;

    private GatewayProcess(string data, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        Data = data;
        _environment = environment;
        _arguments = arguments;
    }

    public string Data { get; }

    public string CaFile => Path.Combine(Data, "ca.pem");

    public string AdminKey => File.ReadAllText(Path.Combine(Data, "admin.key")).Trim();

    public int AmqpPort { get; private set; }

    public int MqttPort { get; private set; }

    public int HttpsPort { get; private set; }

    /// <summary>The port for all protocols; 0 without one.</summary>
    public int AllPort { get; private set; }

    public int ProcessId => _process!.Id;

    /// <summary>What the process has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>A client for the REST interface, with the administrator's rights.</summary>
    public HttpClient Http => _http ??= CreateHttpClient($"policy/admin:{AdminKey}");

    /// <summary>The program: the one that was built with these tests, unless <c>RESTANTE_EXECUTABLE</c> names another.</summary>
    public static string Executable { get; } = Environment.GetEnvironmentVariable("RESTANTE_EXECUTABLE") ?? FindExecutable();

    public static async Task<GatewayProcess> StartAsync(params string[] arguments)
    {
        GatewayProcess gateway = Prepare(new Dictionary<string, string>(), arguments);
        await gateway.StartProcessAsync();
        return gateway;
    }

    /// <summary>One that is not started yet, with further variables in its environment.</summary>
    public static GatewayProcess Prepare(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(Directory.CreateTempSubdirectory("restante-test-").FullName, environment, arguments);

    /// <summary>Starts the process on the same data; ports are new ones.</summary>
    public async Task StartProcessAsync()
    {
        string announced = Path.Combine(Data, "gateway.json");
        File.Delete(announced);
        var start = new ProcessStartInfo(
            Executable,
            ["serve", "--data", Data, "--amqp-port", "0", "--mqtt-port", "0", "--https-port", "0", "--set", "Listen:Address=127.0.0.1", .. _arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in _environment)
            start.Environment[name] = value;
        _process?.Dispose();
        _process = Process.Start(start)!;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) => Collect(line.Data, ready);
        _process.ErrorDataReceived += (_, line) => Collect(line.Data, null);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("The gateway ended: " + Output));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(180)); // A loaded machine is slow to start it.
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(announced));
        AmqpPort = json.RootElement.GetProperty("amqpPort").GetInt32();
        MqttPort = json.RootElement.GetProperty("mqttPort").GetInt32();
        HttpsPort = json.RootElement.GetProperty("httpsPort").GetInt32();
        AllPort = json.RootElement.GetProperty("allPort").GetInt32();
        _http?.Dispose();
        _http = null;
    }

    /// <summary>Ends when the process has written a line with this text; at once when it has already.</summary>
    public Task Written(string text)
    {
        lock (_output)
        {
            if (_output.ToString().Contains(text, StringComparison.Ordinal))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((text, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>kill -9, unless it has ended already.</summary>
    public async Task KillIfRunningAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
    }

    /// <summary>Sends a signal by name.</summary>
    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", ProcessId.ToString(global::System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return _process.ExitCode;
    }

    /// <summary>Creates a device over REST and returns its primary key.</summary>
    public async Task<string> CreateDeviceAsync(string id)
    {
        using HttpResponseMessage response = await Http.PostAsync("/v1/devices", Json($$"""{"id":"{{id}}"}"""));
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        using JsonDocument json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("keys").GetProperty("primary").GetString()!;
    }

    /// <summary>Puts a device into one group over REST.</summary>
    public async Task JoinAsync(string id, string group)
    {
        using HttpResponseMessage response = await Http.PatchAsync($"/v1/devices/{id}", Json($$"""{"groups":["{{group}}"]}"""));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public ClientEndpoint AmqpEndpoint(string user, string password) =>
        new("localhost", AmqpPort, user, password, TlsClientOptions.TrustFile(CaFile));

    public ClientEndpoint MqttEndpoint(string user, string password) =>
        new("localhost", MqttPort, user, password, TlsClientOptions.TrustFile(CaFile));

    public ClientEndpoint ServiceEndpoint() => AmqpEndpoint("policy/admin", AdminKey);

    /// <summary>A client that trusts the gateway's CA.</summary>
    public HttpClient CreateHttpClient(string? credentials)
    {
        var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8 };
        handler.SslOptions.CertificateChainPolicy = TrustPolicy();
        var client = new HttpClient(handler) { BaseAddress = new Uri($"https://localhost:{HttpsPort}") };
        if (credentials is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        return client;
    }

    /// <summary>Trust in the gateway's CA and in nothing else.</summary>
    public X509ChainPolicy TrustPolicy()
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(CaFile);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        await KillIfRunningAsync();
        _process?.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    private static string FindExecutable()
    {
        // artifacts/bin/Restante.System.Tests/debug → artifacts/bin/Restante.Server/debug
        string here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string configuration = Path.GetFileName(here);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        return Path.Combine(bin, "Restante.Server", configuration, "restante");
    }

    private void Collect(string? line, TaskCompletionSource? ready)
    {
        if (line is null)
            return;
        lock (_output)
        {
            _output.AppendLine(line);
            _awaited.Where(a => line.Contains(a.Text, StringComparison.Ordinal)).ToList().ForEach(a => a.Seen.TrySetResult());
        }

        if (line.StartsWith("Next, in another terminal", StringComparison.Ordinal))
            ready?.TrySetResult();
    }
}
