using Microsoft.Extensions.Logging;
using Restante.Core.Access;
using Restante.Core.Events;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Outcomes;
using Restante.Core.Registry;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Telemetry;

namespace Restante.Core;

/// <summary>The domain of one gateway over one store. Heads translate protocols to it and nothing else.</summary>
public sealed class Gateway : IDisposable
{
    private long _lookedAtMs;
    private volatile bool _ready;

    /// <summary>Builds the domain. The store stays the caller's.</summary>
    public Gateway(IGatewayStore store, GatewayLimits limits, TimeProvider time, ILoggerFactory loggers)
    {
        Limits = limits;
        Time = time;
        Store = store;
        Metrics = new CoreMetrics();
        Events = new EventLog(store.Streams, time, Metrics);
        Outcomes = new OutcomeFeed(store.Mailboxes, limits, time);
        Connections = new LiveConnections(limits, Metrics, Events);
        Authenticator = new Authenticator(store.Registry, limits, time, Metrics);
        Devices = new DeviceRegistry(store.Registry, time, Events, Connections, Outcomes, Metrics);
        Policies = new PolicyRegistry(store.Registry, time, Connections, Outcomes, limits);
        Mailboxes = new MailboxHub(store.Mailboxes, limits, time, Outcomes, Events, Metrics);
        Telemetry = new TelemetryStreams(store.Streams, limits, time, Metrics);
        ClientSessions = new ClientSessions(store.Registry, time);
        Maintenance = new Maintenance(store, Mailboxes, Outcomes, limits, time, Metrics, loggers.CreateLogger("Restante.Core"));
    }

    /// <summary>What is allowed.</summary>
    public GatewayLimits Limits { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The counters.</summary>
    public CoreMetrics Metrics { get; }

    /// <summary>Decides who a peer is.</summary>
    public Authenticator Authenticator { get; }

    /// <summary>The devices.</summary>
    public DeviceRegistry Devices { get; }

    /// <summary>The policies of services.</summary>
    public PolicyRegistry Policies { get; }

    /// <summary>The mailboxes.</summary>
    public MailboxHub Mailboxes { get; }

    /// <summary>How messages ended.</summary>
    public OutcomeFeed Outcomes { get; }

    /// <summary>Telemetry, and by <see cref="Streams.StreamId.Events"/> also the events.</summary>
    public TelemetryStreams Telemetry { get; }

    /// <summary>Device and session events.</summary>
    public EventLog Events { get; }

    /// <summary>The live connections.</summary>
    public LiveConnections Connections { get; }

    /// <summary>Kept state of client sessions (MQTT).</summary>
    public ClientSessions ClientSessions { get; }

    /// <summary>What time does.</summary>
    public Maintenance Maintenance { get; }

    /// <summary>
    /// True while the store takes writes; what readiness shows. It writes to find out, at most once in a second however often it is asked.
    /// </summary>
    public async ValueTask<bool> IsReadyAsync()
    {
        long now = Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (now - Volatile.Read(ref _lookedAtMs) is >= 0 and < 1_000)
            return _ready;
        Volatile.Write(ref _lookedAtMs, now);
        try
        {
            // The name is none that a policy, and so a reader of outcomes, can have.
            await Store.Mailboxes.SetOutcomeCursorAsync("$readiness", now);
            _ready = true;
        }
        catch (StoreUnavailableException)
        {
            _ready = false;
        }

        return _ready;
    }

    private IGatewayStore Store { get; }

    /// <inheritdoc/>
    public void Dispose() => Metrics.Dispose();
}
