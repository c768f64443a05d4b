using Restante.Amqp.Sasl;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>Limits and identity of one side of a connection. One instance is meant to be shared by many connections.</summary>
public sealed record AmqpSettings
{
    /// <summary>Our container-id, 1 to 256 characters.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The hostname a client asks for in open and SASL init; null for none.</summary>
    public string? Hostname { get; init; }

    /// <summary>The largest frame accepted, in bytes, from 512. Bounds the receive buffer of a busy connection.</summary>
    public uint MaxFrameSize { get; init; } = 64 * 1024;

    /// <summary>The largest SASL frame accepted, in bytes, from 512.</summary>
    public int MaxSaslFrameSize { get; init; } = 8 * 1024;

    /// <summary>The highest channel number accepted; sessions per connection are one more than that.</summary>
    public ushort ChannelMax { get; init; } = 15;

    /// <summary>The highest link handle accepted; links per session are one more than that.</summary>
    public uint HandleMax { get; init; } = 63;

    /// <summary>
    /// Silence of the peer that closes the connection, in milliseconds; half of it is announced. 0 for never. [AMQP 2.4.5]
    /// </summary>
    public int IdleTimeoutMs { get; init; } = 240_000;

    /// <summary>A peer that asks for heartbeats more often than this many milliseconds is refused.</summary>
    public int MinRemoteIdleTimeoutMs { get; init; } = 1_000;

    /// <summary>Time from the start to the exchange of open, in milliseconds; 0 for no bound.</summary>
    public int HandshakeTimeoutMs { get; init; } = 30_000;

    /// <summary>Time we wait for the peer's close after ours, in milliseconds.</summary>
    public int CloseTimeoutMs { get; init; } = 5_000;

    /// <summary>Transfer frames a peer may have under way per session.</summary>
    public uint IncomingWindow { get; init; } = 2_048;

    /// <summary>The outgoing-window announced, in transfer frames.</summary>
    public uint OutgoingWindow { get; init; } = 2_048;

    /// <summary>The largest message accepted, in bytes.</summary>
    public int MaxMessageSize { get; init; } = 256 * 1024;

    /// <summary>Bytes of incomplete incoming messages held per connection, over all links. The memory they are in is less than twice
    /// as much and 64 bytes for each.</summary>
    public int MaxIncompleteBytes { get; init; } = 1024 * 1024;

    /// <summary>Unsettled incoming deliveries per link; credit is never granted beyond it.</summary>
    public int MaxUnsettledIncoming { get; init; } = 4_096;

    /// <summary>Unsettled outgoing deliveries per link; sending stops there.</summary>
    public int MaxUnsettledOutgoing { get; init; } = 4_096;

    /// <summary>Bytes of a peer's container-id or hostname.</summary>
    public int MaxIdentityLength { get; init; } = 256;

    /// <summary>Bytes of a link's name.</summary>
    public int MaxLinkNameLength { get; init; } = 256;

    /// <summary>Bounds on maps, lists and arrays in performatives.</summary>
    public DecodeLimits Decode { get; init; } = new(MaxDepth: 16, MaxValues: 1_024);

    /// <summary>Server: the SASL mechanisms offered, in order; empty to refuse SASL.</summary>
    public IReadOnlyList<Symbol> SaslMechanisms { get; init; } = [];

    /// <summary>Server: whether a peer may start with the AMQP header, unauthenticated.</summary>
    public bool AllowBareAmqp { get; init; } = true;

    /// <summary>Client: the mechanism to use and its initial response; null to start with the bare AMQP header.</summary>
    public SaslClientResponse? SaslClient { get; init; }

    /// <summary>Properties of the connection sent with open.</summary>
    public AmqpMap? Properties { get; init; }

    public IReadOnlyList<Symbol> OfferedCapabilities { get; init; } = [];

    public IReadOnlyList<Symbol> DesiredCapabilities { get; init; } = [];

    /// <summary>Throws <see cref="ArgumentException"/> where a value is outside its range.</summary>
    public void Validate()
    {
        Require(ContainerId.Length is > 0 and <= 256, nameof(ContainerId), "1 to 256 characters");
        Require(MaxFrameSize is >= 512 and <= 16 * 1024 * 1024, nameof(MaxFrameSize), "512 to 16777216 bytes");
        Require(MaxSaslFrameSize is >= 512 and <= 1024 * 1024, nameof(MaxSaslFrameSize), "512 to 1048576 bytes");
        Require(HandleMax <= 65_535, nameof(HandleMax), "0 to 65535");
        Require(IdleTimeoutMs >= 0, nameof(IdleTimeoutMs), "0 or more milliseconds");
        Require(IncomingWindow is > 0 and <= int.MaxValue, nameof(IncomingWindow), "1 to 2147483647 frames");
        Require(OutgoingWindow is > 0 and <= int.MaxValue, nameof(OutgoingWindow), "1 to 2147483647 frames");
        Require(MaxMessageSize is > 0 and <= 1024 * 1024 * 1024, nameof(MaxMessageSize), "1 byte to 1 GiB");
        Require(MaxIncompleteBytes >= MaxMessageSize, nameof(MaxIncompleteBytes), "not below MaxMessageSize");
        Require(MaxUnsettledIncoming > 0, nameof(MaxUnsettledIncoming), "1 or more");
        Require(MaxUnsettledOutgoing > 0, nameof(MaxUnsettledOutgoing), "1 or more");
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds)
            throw new ArgumentException($"{name} must be {range}.", name);
    }
}
