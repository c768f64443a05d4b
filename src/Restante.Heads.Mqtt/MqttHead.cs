using Microsoft.Extensions.Logging;
using Restante.Core;
using Restante.Heads.Mqtt.Connections;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Wills;
using Restante.Mqtt;
using Restante.Net;

namespace Restante.Heads.Mqtt;

/// <summary>
/// MQTT 3.1.1 and 5.0 for devices. One head serves all listeners; <see cref="Accept"/> is their session factory. Dispose it after the
/// network host has been shut down and before the store is closed: it stores what connections that ended left to be stored.
/// </summary>
public sealed class MqttHead : IAsyncDisposable
{
    private static readonly TimeSpan s_willPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_logInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly LogThrottle _throttle;
    private readonly ITimer _willTimer;
    private TaskCompletionSource? _idle;
    private int _working;
    private int _storingWills;

    /// <summary>Makes the head.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public MqttHead(Gateway gateway, MqttHeadOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        options.Validate();
        Gateway = gateway;
        Options = options;
        Logger = loggers.CreateLogger("Restante.Mqtt");
        Metrics = new MqttMetrics();
        Wills = new PendingWills(gateway, options, Metrics);
        Sessions = new KeptSessions(gateway, Wills);
        _throttle = new LogThrottle(gateway.Time, s_logInterval);
        Settings = SettingsOf(options, gateway.Limits.MaxMessageBytes);
        Settings.Validate();
        _willTimer = gateway.Time.CreateTimer(static head => ((MqttHead)head!).StoreDueWills(), this, s_willPeriod, s_willPeriod);
    }

    /// <summary>The name of the head's meter.</summary>
    public static string MeterName => MqttMetrics.MeterName;

    /// <summary>Authenticated connections.</summary>
    public int Connections => Clients.Count;

    /// <summary>Wills that wait for their delay or for the store.</summary>
    public int PendingWillCount => Wills.Count;

    internal Gateway Gateway { get; }

    internal MqttHeadOptions Options { get; }

    internal MqttConnectionSettings Settings { get; }

    internal ILogger Logger { get; }

    internal MqttMetrics Metrics { get; }

    internal ClientTable Clients { get; } = new();

    internal PendingWills Wills { get; }

    internal KeptSessions Sessions { get; }

    internal long UnixNowMs => Gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Serves a new connection; the session factory of a listener.</summary>
    public IConnectionSession Accept(Connection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return new DeviceConnection(this, connection);
    }

    /// <summary>
    /// Waits until all ended connections have given back what they held and kept their sessions, and stores the wills that still wait.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _willTimer.DisposeAsync();
        await WhenIdleAsync();
        await Wills.FlushAsync();
        Metrics.Dispose();
    }

    /// <summary>True if a message may be logged that devices can bring about as often as they like.</summary>
    internal bool MayLog(string cause, out long suppressed) => _throttle.Allows(cause, out suppressed);

    /// <summary>A task that ends when no ended connection has anything left to do.</summary>
    internal Task WhenIdleAsync()
    {
        lock (_gate)
            return _working == 0
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Counts work that goes on after its connection, so that the head can wait for it.</summary>
    internal void BeginWork()
    {
        lock (_gate)
            _working++;
    }

    /// <summary>The end of such work.</summary>
    internal void EndWork()
    {
        TaskCompletionSource? idle = null;
        lock (_gate)
        {
            if (--_working == 0)
                (idle, _idle) = (_idle, null);
        }

        idle?.TrySetResult();
    }

    private static MqttConnectionSettings SettingsOf(MqttHeadOptions options, int maxMessageBytes) => new()
    {
        MaximumPacketSize = options.MaxPacketBytes == 0 ? maxMessageBytes + (32 * 1024) : options.MaxPacketBytes,
        ReceiveMaximum = options.ReceiveMaximum,
        MaximumOutgoingInFlight = options.MaxInFlight,
        TopicAliasMaximum = options.TopicAliasMaximum,
        MaximumOutgoingTopicAliases = 0,
        MaximumUserProperties = options.MaxUserProperties,
        ConnectTimeoutMs = options.ConnectTimeoutMs,
        RetainAvailable = false,
        SharedSubscriptionAvailable = false,
    };

    private void StoreDueWills()
    {
        if (Wills.Count == 0 || Interlocked.Exchange(ref _storingWills, 1) != 0)
            return;
        BeginWork();
        _ = StoreDueWillsAsync();
    }

    private async Task StoreDueWillsAsync()
    {
        try
        {
            await Wills.TickAsync();
        }
#pragma warning disable CA1031 // A timer has no caller to tell: logged, and tried again at the next tick.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.WillFault(Logger, exception);
        }
        finally
        {
            Volatile.Write(ref _storingWills, 0);
            EndWork();
        }
    }
}
