using System.ComponentModel.DataAnnotations;

namespace Restante.Server.Configuration;

/// <summary>What connections may use, on every listener.</summary>
public sealed record NetworkOptions
{
    /// <summary>Connections of one listener; further ones are closed at once and counted.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; init; } = 100_000;

    /// <summary>
    /// Connections from one address (IPv6: one network of 64 bits) in a minute, over all listeners of AMQP and MQTT and their WebSockets;
    /// further ones are closed at once and counted. 0 for any number: a whole fleet may stand behind one address. On a port that HTTPS
    /// shares a WebSocket counts twice, as a connection and as a WebSocket.
    /// </summary>
    [Range(0, 10_000_000)]
    public int MaxConnectionsPerSourcePerMinute { get; init; }

    /// <summary>TLS handshakes under way at once on one listener; further connections wait their turn.</summary>
    [Range(1, 10_000)]
    public int MaxConcurrentHandshakes { get; init; } = 64;

    /// <summary>How long a TLS handshake may take, in milliseconds.</summary>
    [Range(100, 600_000)]
    public int HandshakeTimeoutMs { get; init; } = 30_000;

    /// <summary>
    /// Bytes that a peer may send in a TLS handshake; one that sends more is closed. Most of them are the certificates of a client and its
    /// issuers: three of RSA with 4,096 bits have about 6,000 bytes, and what else a handshake needs has hardly 2,000.
    /// </summary>
    [Range(4_096, 131_072)]
    public int MaxHandshakeBytes { get; init; } = 16_384;

    /// <summary>How long a connected peer may stay silent before its first bytes, in milliseconds.</summary>
    [Range(100, 600_000)]
    public int FirstBytesTimeoutMs { get; init; } = 15_000;

    /// <summary>Connections the kernel holds before they are accepted.</summary>
    [Range(1, 65_535)]
    public int Backlog { get; init; } = 4_096;

    /// <summary>Output that may wait for one peer to read it, in bytes; beyond it the connection is ended.</summary>
    [Range(65_536, 1_073_741_824)]
    public int MaxPendingOutputBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long one write to a peer may take, in milliseconds, before the connection is ended.</summary>
    [Range(100, 600_000)]
    public int WriteTimeoutMs { get; init; } = 30_000;

    /// <summary>
    /// The web origins whose pages may open a WebSocket, such as <c>https://app.example</c>, separated by commas; empty for any. Clients
    /// that are no browsers send no origin and are let in. Credentials are asked for inside AMQP and MQTT, so a page can do nothing that
    /// its user has no key for.
    /// </summary>
    public string WebSocketOrigins { get; init; } = string.Empty;

    /// <summary>
    /// Bytes of one WebSocket message; beyond it the connection is closed with code 1009. Messages are not kept, so this costs no memory.
    /// </summary>
    [Range(typeof(long), "1024", "1099511627776")]
    public long MaxWebSocketMessageBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>
    /// After how much silence of either side the gateway sends a ping in a WebSocket, in milliseconds, which also keeps proxies in
    /// between from closing it; 0 for none.
    /// </summary>
    [Range(0, 600_000)]
    public int WebSocketKeepAliveMs { get; init; } = 30_000;

    /// <summary>How long the peer of a WebSocket may be silent after a ping, in milliseconds; then it is cut.</summary>
    [Range(100, 600_000)]
    public int WebSocketPingTimeoutMs { get; init; } = 15_000;

    /// <summary>How long connections have to end when the gateway stops, in milliseconds; then they are cut.</summary>
    [Range(0, 600_000)]
    public int DrainTimeoutMs { get; init; } = 5_000;
}
