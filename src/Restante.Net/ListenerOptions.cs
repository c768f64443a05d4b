using System.Net;

namespace Restante.Net;

/// <summary>Where and how a listener accepts connections. Validated when the listener starts.</summary>
public sealed record ListenerOptions
{
    /// <summary>Name of the protocol spoken here, such as <c>amqp</c>; a metric label and <see cref="Connection.Protocol"/>.</summary>
    public required string Protocol { get; init; }

    /// <summary>
    /// IP address to bind, or <c>localhost</c> for 127.0.0.1. Empty or <c>*</c> (default) is every address, IPv6 and IPv4 on one socket
    /// where the machine has IPv6.
    /// </summary>
    public string Address { get; init; } = "";

    /// <summary>TCP port, 0 to 65,535. 0 lets the system choose; see <see cref="Listener.LocalEndPoint"/>.</summary>
    public int Port { get; init; }

    /// <summary>TLS, or null for plain text.</summary>
    public TlsServerOptions? Tls { get; init; }

    /// <summary>Plain text is refused on anything but a loopback address unless this is true. Default false.</summary>
    public bool AllowPlaintextBeyondLoopback { get; init; }

    /// <summary>
    /// Open connections, handshakes included. 1 to 10,000,000, default 100,000. Beyond it new ones are closed at once and counted.
    /// </summary>
    public int MaxConnections { get; init; } = 100_000;

    /// <summary>
    /// Connections from one IPv4 address or one IPv6 network of 64 bits in a minute, counted over all listeners of the host. 0 to
    /// 10,000,000, default 0 for any number. Beyond it new ones are closed at once and counted.
    /// </summary>
    public int MaxConnectionsPerSourcePerMinute { get; init; }

    /// <summary>
    /// TLS handshakes in progress at a time, 1 to 100,000, default 64. Others wait, within their time-out. A peer that is waited for takes
    /// no place.
    /// </summary>
    public int MaxConcurrentHandshakes { get; init; } = 64;

    /// <summary>
    /// Longest time from the first byte of a TLS handshake to its end, waiting for a place included. 100 ms to 1 hour, default 30 s.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes that a peer may send in a TLS handshake, 4 KiB to 128 KiB, default 16 KiB; one that sends more is closed. Most of them are the
    /// certificates of a client and its issuers, each of which costs a check of a signature before anybody judges it.
    /// </summary>
    public int MaxHandshakeBytes { get; init; } = 16 * 1024;

    /// <summary>
    /// Longest silence after the accept, and again after the handshake, before the first byte. 100 ms to 1 hour, default 15 s.
    /// </summary>
    public TimeSpan FirstBytesTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Length of the kernel's queue of unaccepted connections, 1 to 65,535, default 4,096 (the kernel may cap it).</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Idle time before TCP keep-alive probes, 1 s to 1 day; null (default) for no probes.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>Limits of each connection.</summary>
    public ConnectionLimits Limits { get; init; } = ConnectionLimits.Default;

    internal static void Require(bool condition, string option, string range)
    {
        if (!condition)
            throw new ArgumentException($"{option} is out of range: {range}.");
    }

    internal static void RequireTime(TimeSpan value, string option) =>
        Require(value >= TimeSpan.FromMilliseconds(100) && value <= TimeSpan.FromHours(1), option, "100 ms to 1 hour");

    internal void Validate()
    {
        Require(!string.IsNullOrWhiteSpace(Protocol), nameof(Protocol), "a name");
        Require(Port is >= 0 and <= 65_535, nameof(Port), "0 to 65,535");
        Require(MaxConnections is >= 1 and <= 10_000_000, nameof(MaxConnections), "1 to 10,000,000");
        Require(MaxConnectionsPerSourcePerMinute is >= 0 and <= 10_000_000, nameof(MaxConnectionsPerSourcePerMinute), "0 to 10,000,000");
        Require(MaxConcurrentHandshakes is >= 1 and <= 100_000, nameof(MaxConcurrentHandshakes), "1 to 100,000");
        Require(MaxHandshakeBytes is >= 4 * 1024 and <= 128 * 1024, nameof(MaxHandshakeBytes), "4 KiB to 128 KiB");
        Require(Backlog is >= 1 and <= 65_535, nameof(Backlog), "1 to 65,535");
        Require(
            KeepAlive is not { } keepAlive || (keepAlive >= TimeSpan.FromSeconds(1) && keepAlive <= TimeSpan.FromDays(1)),
            nameof(KeepAlive), "1 s to 1 day");
        RequireTime(HandshakeTimeout, nameof(HandshakeTimeout));
        RequireTime(FirstBytesTimeout, nameof(FirstBytesTimeout));
        Limits.Validate();
        IPAddress? address = ParseAddress();
        if (Tls is null && !AllowPlaintextBeyondLoopback && (address is null || !IPAddress.IsLoopback(address)))
        {
            throw new ArgumentException(
                $"The {Protocol} listener speaks plain text and may bind to a loopback address only, not to "
                    + $"'{(Address.Length == 0 ? "*" : Address)}'. "
                + "Configure TLS, bind to 127.0.0.1, or set AllowPlaintextBeyondLoopback where another layer encrypts.");
        }
    }

    /// <summary>The address to bind; null for every address.</summary>
    internal IPAddress? ParseAddress()
    {
        if (Address.Length == 0 || Address == "*")
            return null;
        if (string.Equals(Address, "localhost", StringComparison.OrdinalIgnoreCase))
            return IPAddress.Loopback;
        if (!IPAddress.TryParse(Address, out IPAddress? address))
            throw new ArgumentException($"Address '{Address}' is not an IP address, 'localhost', or '*'.");
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? null : address;
    }
}
