using Microsoft.Extensions.Logging;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Heads.Amqp;
using Restante.Heads.Mqtt;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Server.Configuration;
using Restante.Server.Observing;
using Restante.Server.Safekeeping;
using Restante.Server.Secrets;
using Restante.Storage.Sqlite;
using Restante.Storage.Streams;

namespace Restante.Server.Hosting;

/// <summary>A running gateway: the store, the domain, the listeners of all protocols. The only place that knows them all.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _reloading = new();
    private readonly MasterKeySource _masterKeys;
    private SqliteGatewayStore? _store;
    private NetworkHost? _network;
    private HttpsHost? _https;
    private MqttHead? _mqtt;
    private Observation? _observation;
    private ServerCertificates? _certificates;
    private CertificateWatch? _watch;
    private Task _watching = Task.CompletedTask;
    private MasterKeyKeeper? _keeper;
    private Task _keeping = Task.CompletedTask;
    private Task _maintenance = Task.CompletedTask;
    private bool _announced;
    private int _stopped;

    private GatewayHost(ServerOptions options, DataDirectory data, ILoggerFactory loggers)
    {
        _options = options;
        Data = data;
        Loggers = loggers;
        _log = loggers.CreateLogger("Restante.Server");
        _masterKeys = MasterKeySource.Find(options.Store.MasterKeyFile, data, Environment.GetEnvironmentVariable);
    }

    /// <summary>Its files.</summary>
    public DataDirectory Data { get; }

    /// <summary>How it is reached.</summary>
    public GatewayAddresses Addresses { get; private set; } = null!;

    /// <summary>The administrator's key.</summary>
    public SymmetricKey AdminKey { get; private set; } = null!;

    /// <summary>True when the certificate is one of the gateway's own making.</summary>
    public bool HasDevelopmentCertificate => _options.Certificate.File.Length == 0;

    /// <summary>Whether AMQP and MQTT are taken in WebSockets too.</summary>
    public bool HasWebSockets => _options.Listen.WebSockets;

    private ILoggerFactory Loggers { get; }

    /// <summary>Starts a gateway; it is ready when the task completes.</summary>
    /// <exception cref="ConfigurationException">Something cannot be used; the message says how to mend it.</exception>
    public static async Task<GatewayHost> StartAsync(ServerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        DataDirectory data = DataDirectory.Open(options.Data);
        var host = new GatewayHost(options, data, loggers);
        try
        {
            await host.StartAsync(time);
            return host;
        }
        catch (Exception e)
        {
            await host.DisposeAsync();
            if (e is not (StoreUnavailableException or IOException or UnauthorizedAccessException))
                throw;
            throw new ConfigurationException(
                $"The gateway cannot begin with the data directory {data.Root}: {e.Message} See that there is room on the disk, and that "
                    + "everything there belongs to this user.", e);
        }
    }

    /// <summary>Reads the server certificate again, which new handshakes use, and the master keys.</summary>
    public void Reload()
    {
        ReloadCertificate();
        _watch!.Look();
        _keeper!.Reload();
    }

    /// <summary>
    /// Stops in two phases: no new connections and peers told why, then what is left is cut. Everything acknowledged is on disk.
    /// </summary>
    public async Task StopAsync(string reason)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        TimeSpan patience = TimeSpan.FromMilliseconds(_options.Network.DrainTimeoutMs);
        Task https = _https?.StopAsync(patience) ?? Task.CompletedTask;
        Task network = _network?.ShutdownAsync(reason, patience) ?? Task.CompletedTask;
        await EndAsync("The web server", () => https);
        await EndAsync("The network", () => network);
        await EndAsync("MQTT", () => _mqtt?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        await _stopping.CancelAsync();
        await EndAsync("Maintenance", () => _maintenance);
        await EndAsync("The keeper of master keys", () => _keeping);
        await EndAsync("The watch on certificates", () => _watching);
        Gateway?.Dispose();
        if (_store is not null)
            await _store.DisposeAsync();
        if (_announced)
            await EndAsync("The removal of " + Data.GatewayFile, RetractAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync("The gateway stops.");
        if (_https is not null)
            await _https.DisposeAsync();
        if (_network is not null)
            await _network.DisposeAsync();
        _keeper?.Dispose();
        _observation?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The domain; null before the start.</summary>
    public Gateway? Gateway { get; private set; }

    // The fault of one must not keep the store from being closed.
    private async Task EndAsync(string work, Func<Task> end)
    {
        try
        {
            await end();
        }
#pragma warning disable CA1031 // It is logged, and the stop goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.StopFault(_log, e, work);
        }
    }

    private Task RetractAsync()
    {
        File.Delete(Data.GatewayFile);
        return Task.CompletedTask;
    }

    private async Task StartAsync(TimeProvider time)
    {
        // The store first: it takes the lock. A start that is refused for the gateway that runs has then changed nothing of its files.
        _store = await OpenStoreAsync(time);
        _certificates = LoadCertificates(time);
        _observation = Observation.Start(_options, _certificates, time);
        _watch = new CertificateWatch(_certificates, _options.Certificate, time, _log);
        AdminKey = Data.AdminKey();
        Gateway = new Gateway(
            _store, _options.Limits, time, Loggers, _options.Access, _options.History, _options.Audit, _options.Issuer);
        await EnsureAdministratorAsync(_store.Registry, Gateway.Audit, time);
        await Gateway.Issuers.RefreshAsync();
        _network = new NetworkHost(time, Loggers);
        var amqp = new AmqpHead(Gateway, _options.Amqp, Loggers);
        _mqtt = new MqttHead(Gateway, _options.Mqtt, Loggers);
        _keeper = new MasterKeyKeeper(_masterKeys, _store.Secrets, Gateway.Audit, time, Loggers.CreateLogger("Restante.Server.Secrets"));
        _watching = _watch.RunAsync(RenewCertificate, _stopping.Token);
        _keeping = _keeper.RunAsync(_stopping.Token);
        _maintenance = Task.WhenAll(
            Gateway.Maintenance.RunAsync(_stopping.Token),
            new NoteIntake(Data, Gateway.Audit, time, _log).RunAsync(_stopping.Token));
        await ListenAsync(new Listeners(_network, _options, _certificates, amqp.Accept, _mqtt.Accept, _log), time);
        Data.Announce(Addresses);
        _announced = true;
        Gateway.Started();
        Log.Started(_log, Data.Root, Addresses.AmqpPort, Addresses.MqttPort, Addresses.HttpsPort);
    }

    private async Task ListenAsync(Listeners listeners, TimeProvider time)
    {
        ListenOptions listen = _options.Listen;
        _https = await HttpsHost.StartAsync(
            Gateway!, _options, _certificates!, listeners.SharedPort, listeners.WebSockets(time), _observation!, _network!.Metrics,
            Loggers);
        int https = _https.Port != 0
            ? _https.Port
            : listeners.Listen(listen.HttpsProtocols, listen.Https, listen.HttpsClientCertificates, "--https-port");
        Addresses = new GatewayAddresses(
            Environment.ProcessId,
            $"https://localhost:{https}",
            listeners.Listen(listen.AmqpProtocols, listen.Amqp, listen.AmqpClientCertificates, "--amqp-port"),
            listeners.Listen(listen.MqttProtocols, listen.Mqtt, listen.MqttClientCertificates, "--mqtt-port"),
            https,
            listeners.Listen(Listeners.AllProtocols, listen.All, listen.AmqpClientCertificates, "--all-port"),
            listeners.ListenPlain(ListenProtocols.Amqp, listen.AmqpPlain),
            listeners.ListenPlain(ListenProtocols.Mqtt, listen.MqttPlain));
    }

    private async Task<SqliteGatewayStore> OpenStoreAsync(TimeProvider time)
    {
        DividedStreamStore? streams = null;
        SegmentedStreamStore? audit = null;
        try
        {
            streams = await DividedStreamStore.OpenAsync(
                Data.Streams, Data.Events, _options.Streams, Loggers.CreateLogger("Restante.Storage.Streams"), time);
            audit = await SegmentedStreamStore.OpenAsync(
                Data.Audit, _options.Audit.ToStreamLimits(), Loggers.CreateLogger("Restante.Storage.Streams"), time,
                meter: "Restante.Storage.Audit");
            var options = new SqliteStoreOptions
            {
                Directory = Data.Root,
                MasterKeys = _masterKeys.ReadOrMake(),
                Limits = _options.Mailboxes,
                History = _options.History,
                CacheBytes = _options.Store.CacheBytes,
                RecentContentBytes = _options.Store.RecentContentBytes,
                CachedDevices = _options.Store.CachedDevices,
                MaxIndexedMemberships = _options.Store.MaxIndexedMemberships,
                MaxQueuedCalls = _options.Store.MaxQueuedCalls,
                CheckpointBytes = _options.Store.CheckpointBytes,
                MaxWalBytes = Math.Max(_options.Store.MaxWalBytes, _options.Store.CheckpointBytes),
            };
            return await SqliteGatewayStore.OpenAsync(options, streams, audit, Loggers.CreateLogger("Restante.Storage.Sqlite"));
        }
        catch (Exception e) when (
            e is StoreOpenException or StreamLogDamagedException or StoreUnavailableException or ConfigurationException)
        {
            if (streams is not null)
                await streams.DisposeAsync();
            if (audit is not null)
                await audit.DisposeAsync();
            throw e as ConfigurationException ?? new ConfigurationException(e.Message, e);
        }
    }

    private void ReloadCertificate()
    {
        try
        {
            lock (_reloading)
            {
                if (HasDevelopmentCertificate)
                    _ = EnsureDevelopmentCertificate();
                _certificates!.Reload();
            }

            foreach (ServerCertificate certificate in _certificates.All)
                Log.CertificateReloaded(_log, certificate.KeyType, certificate.NotAfter);
        }
        catch (CertificateException e)
        {
            Log.CertificateKept(_log, e.Message);
        }
#pragma warning disable CA1031 // It runs in the handler of a signal and in a loop without end: neither may end by it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.ReloadFailed(_log, e);
        }
    }

    // The gateway issues a certificate of its own making again before it ends; others are for their owner to renew.
    private void RenewCertificate()
    {
        if (HasDevelopmentCertificate)
            ReloadCertificate();
    }

    private ServerCertificates LoadCertificates(TimeProvider time)
    {
        try
        {
            CertificateOptions from = _options.Certificate;
            if (HasDevelopmentCertificate)
            {
                DevelopmentCertificateFiles files = EnsureDevelopmentCertificate();
                return ServerCertificates.Load([(files.ServerCertificatePath, files.ServerKeyPath)], time);
            }

            return ServerCertificates.Load(
                from.FurtherFile.Length == 0
                    ? [(from.File, from.Key)]
                    : [(from.File, from.Key), (from.FurtherFile, from.FurtherKey)], time);
        }
        catch (CertificateException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }

    private DevelopmentCertificateFiles EnsureDevelopmentCertificate()
    {
        string[] further = _options.Hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        DevelopmentCertificateFiles files = DevelopmentCertificates.Ensure(
            Data.Certificates, ["localhost", "127.0.0.1", "::1", Environment.MachineName, .. further]);
        Data.PublishCa(files.CaCertificatePath);
        return files;
    }

    private async Task EnsureAdministratorAsync(IRegistryStore registry, AuditLog audit, TimeProvider time)
    {
        PolicyRecord? held = await registry.FindPolicyAsync(PolicyNames.Administrator);
        if (held is not null && held.Primary.Equals(AdminKey))
            return;
        await registry.PutPolicyAsync(new PolicyRecord(
            PolicyNames.Administrator, Rights.Admin, AdminKey, SymmetricKey.Generate(), time.GetUtcNow().ToUnixTimeMilliseconds()));
        await audit.RecordAsync(new AuditEntry
        {
            Act = held is null ? "createPolicy" : "setPolicyCredential",
            By = AuditActor.Gateway,
            Target = "policies/" + PolicyNames.Administrator,
            Detail = "the key in the data directory",
        });
    }
}
