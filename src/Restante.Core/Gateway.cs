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
        Policies = new PolicyRegistry(store.Registry, time, Connections, limits);
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

    /// <summary>True while the store takes writes; what readiness shows.</summary>
    public async ValueTask<bool> IsReadyAsync()
    {
        try
        {
            await Store.Registry.CountDevicesAsync();
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private IGatewayStore Store { get; }

    /// <inheritdoc/>
    public void Dispose() => Metrics.Dispose();
}
