using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Server.Configuration;
using Restante.Server.Hosting.SharedPorts;
using Restante.Server.Hosting.WebSockets;

namespace Restante.Server.Hosting;

/// <summary>Makes the listeners that the options ask for. HTTPS on a port of its own is Kestrel's.</summary>
internal sealed class Listeners(
    NetworkHost network,
    ServerOptions options,
    ServerCertificates certificates,
    Func<Connection, IConnectionSession> amqp,
    Func<Connection, IConnectionSession> mqtt,
    ILogger log)
{
    /// <summary>Everything that a port can take.</summary>
    public const ListenProtocols AllProtocols = ListenProtocols.Amqp | ListenProtocols.Mqtt | ListenProtocols.Https;

    private static readonly byte[] s_amqpFirst = "AMQP"u8.ToArray();

    // The fixed header of CONNECT: its type and no flags.
    private static readonly byte[] s_mqttFirst = [0x10];

    /// <summary>Brings HTTP connections of shared ports to Kestrel; null when no port is shared with HTTPS.</summary>
    public SharedPortTransport? SharedPort { get; } = SharesHttps(options.Listen) ? new SharedPortTransport(log) : null;

    /// <summary>Lets WebSockets in; null when there are to be none.</summary>
    public WebSocketDoor? WebSockets(TimeProvider time) => options.Listen.WebSockets
        ? new WebSocketDoor(WebSocketListener("amqp", amqp), WebSocketListener("mqtt", mqtt), options.Network, time)
        : null;

    /// <summary>Starts a listener under TLS and returns its port; 0 when it is not wanted.</summary>
    /// <exception cref="ConfigurationException">The port cannot be had.</exception>
    public int Listen(ListenProtocols protocols, int port, bool asksForCertificates, string flag)
    {
        if (port < 0)
            return 0;
        List<ProtocolBranch> branches = [];
        if (protocols.HasFlag(ListenProtocols.Amqp))
            branches.Add(
                new ProtocolBranch { Protocol = "amqp", AlpnProtocols = ["amqp"], FirstBytes = s_amqpFirst, SessionFactory = amqp });
        if (protocols.HasFlag(ListenProtocols.Mqtt))
            branches.Add(
                new ProtocolBranch { Protocol = "mqtt", AlpnProtocols = ["mqtt"], FirstBytes = s_mqttFirst, SessionFactory = mqtt });
        if (protocols.HasFlag(ListenProtocols.Https))
            branches.Add(new ProtocolBranch { Protocol = "https", AlpnProtocols = ["h2", "http/1.1"], StreamHandler = SharedPort!.Take });
        ListenerOptions listener = Common(string.Join('+', branches.Select(static branch => branch.Protocol)), port) with
        {
            Address = options.Listen.Address,
            Tls = new TlsServerOptions
            {
                Certificates = certificates,
                AlpnProtocols = branches[0].AlpnProtocols,
                RequestClientCertificate = asksForCertificates,
            },
        };
        return Bind(
            port, flag,
            () => branches is [{ SessionFactory: { } only }] ? network.Listen(listener, only) : network.Listen(listener, branches));
    }

    /// <summary>Starts a listener without TLS and returns its port; 0 when it is not wanted.</summary>
    /// <exception cref="ConfigurationException">The port cannot be had.</exception>
    public int ListenPlain(ListenProtocols protocol, int port)
    {
        if (port < 0)
            return 0;
        ListenerOptions listener = Common(protocol == ListenProtocols.Amqp ? "amqp" : "mqtt", port) with
        {
            Address = options.Listen.PlainAddress,
            AllowPlaintextBeyondLoopback = options.Listen.AllowPlainBeyondLoopback,
        };
        return Bind(port, $"--set Listen:{protocol}Plain=", () => network.Listen(listener, protocol == ListenProtocols.Amqp ? amqp : mqtt));
    }

    private static bool SharesHttps(ListenOptions listen) =>
        listen.All >= 0
        || (listen.Amqp >= 0 && listen.AmqpProtocols.HasFlag(ListenProtocols.Https))
        || (listen.Mqtt >= 0 && listen.MqttProtocols.HasFlag(ListenProtocols.Https))
        || listen.HttpsProtocols != ListenProtocols.Https;

    private static int Bind(int port, string flag, Func<Listener> bind)
    {
        try
        {
            return bind().LocalEndPoint.Port;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new ConfigurationException(
                $"Cannot listen on port {port}: {e.Message.TrimEnd('.')}. Stop what uses the port, or choose another with {flag} "
                    + "(0: any free one).", e);
        }
    }

    private WebSocketListener WebSocketListener(string protocol, Func<Connection, IConnectionSession> accept) =>
        network.ListenForWebSockets(
            new WebSocketListenerOptions
            {
                Protocol = protocol,
                MaxConnections = options.Network.MaxConnections,
                MaxConnectionsPerSourcePerMinute = options.Network.MaxConnectionsPerSourcePerMinute,
                FirstBytesTimeout = TimeSpan.FromMilliseconds(options.Network.FirstBytesTimeoutMs),
                MaxMessageBytes = options.Network.MaxWebSocketMessageBytes,
                PingInterval = TimeSpan.FromMilliseconds(options.Network.WebSocketKeepAliveMs),
                PingTimeout = TimeSpan.FromMilliseconds(options.Network.WebSocketPingTimeoutMs),
                Limits = Limits(),
            },
            accept);

    private ListenerOptions Common(string protocol, int port) => new()
    {
        Protocol = protocol,
        Port = port,
        MaxConnections = options.Network.MaxConnections,
        MaxConnectionsPerSourcePerMinute = options.Network.MaxConnectionsPerSourcePerMinute,
        MaxConcurrentHandshakes = options.Network.MaxConcurrentHandshakes,
        HandshakeTimeout = TimeSpan.FromMilliseconds(options.Network.HandshakeTimeoutMs),
        MaxHandshakeBytes = options.Network.MaxHandshakeBytes,
        FirstBytesTimeout = TimeSpan.FromMilliseconds(options.Network.FirstBytesTimeoutMs),
        Backlog = options.Network.Backlog,
        Limits = Limits(),
    };

    private ConnectionLimits Limits() => new()
    {
        MaxPendingOutputBytes = options.Network.MaxPendingOutputBytes,
        WriteTimeout = TimeSpan.FromMilliseconds(options.Network.WriteTimeoutMs),
        MaxInputBytes = Math.Max(1024 * 1024, options.Limits.MaxMessageBytes * 2),
    };
}
