using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>The peer's open: its identity, limits and capabilities. [AMQP 2.7.1]</summary>
public sealed class Open
{
    public required string ContainerId { get; init; }

    /// <summary>The host the peer wants to reach, or null.</summary>
    public string? Hostname { get; init; }

    /// <summary>Bytes; 4294967295 where the peer set no limit.</summary>
    public uint MaxFrameSize { get; init; } = uint.MaxValue;

    public ushort ChannelMax { get; init; } = ushort.MaxValue;

    /// <summary>Milliseconds within which the peer wants to hear from us; 0 for none.</summary>
    public uint IdleTimeoutMs { get; init; }

    public IReadOnlyList<Symbol> OfferedCapabilities { get; init; } = [];

    public IReadOnlyList<Symbol> DesiredCapabilities { get; init; } = [];

    public AmqpMap? Properties { get; init; }
}
