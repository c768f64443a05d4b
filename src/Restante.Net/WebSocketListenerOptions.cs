namespace Restante.Net;

/// <summary>What WebSockets of one sub-protocol may use. Validated when the listener is made.</summary>
public sealed record WebSocketListenerOptions
{
    /// <summary>Name of the protocol spoken here, such as <c>mqtt</c>; a metric label and <see cref="Connection.Protocol"/>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Open connections. 1 to 10,000,000, default 100,000. Beyond it the upgrade is refused and counted.</summary>
    public int MaxConnections { get; init; } = 100_000;

    /// <summary>
    /// Connections from one IPv4 address or one IPv6 network of 64 bits in a minute, counted over all listeners of the host. 0 to
    /// 10,000,000, default 0 for any number. Beyond it new ones are refused and counted.
    /// </summary>
    public int MaxConnectionsPerSourcePerMinute { get; init; }

    /// <summary>Longest silence after the upgrade before the first byte. 100 ms to 1 hour, default 15 s.</summary>
    public TimeSpan FirstBytesTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Bytes of one WebSocket message. 1 KiB to 1 TiB, default 16 MiB. Beyond it the connection is closed with code 1009. Nothing is kept
    /// of a message, so this costs no memory.
    /// </summary>
    public long MaxMessageBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>
    /// Silence of either side before the peer is pinged, which also keeps proxies in between from giving up. 0 for no pings, up to 1
    /// hour; default 30 s.
    /// </summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Longest silence of the peer after a ping. 100 ms to 1 hour, default 15 s. Then it is cut. While the connection is paused, so that
    /// an answer would not be read, it does not count.
    /// </summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Limits of each connection.</summary>
    public ConnectionLimits Limits { get; init; } = ConnectionLimits.Default;

    internal void Validate()
    {
        ListenerOptions.Require(!string.IsNullOrWhiteSpace(Protocol), nameof(Protocol), "a name");
        ListenerOptions.Require(MaxConnections is >= 1 and <= 10_000_000, nameof(MaxConnections), "1 to 10,000,000");
        ListenerOptions.Require(
            MaxConnectionsPerSourcePerMinute is >= 0 and <= 10_000_000, nameof(MaxConnectionsPerSourcePerMinute), "0 to 10,000,000");
        ListenerOptions.Require(MaxMessageBytes is >= 1024 and <= 1L << 40, nameof(MaxMessageBytes), "1 KiB to 1 TiB");
        ListenerOptions.RequireTime(FirstBytesTimeout, nameof(FirstBytesTimeout));
        ListenerOptions.Require(
            PingInterval >= TimeSpan.Zero && PingInterval <= TimeSpan.FromHours(1), nameof(PingInterval), "0 to 1 hour");
        ListenerOptions.RequireTime(PingTimeout, nameof(PingTimeout));
        Limits.Validate();
    }
}
