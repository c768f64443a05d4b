using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Our own open, made from the settings; and the decoding of the peer's. [AMQP 2.7.1]</summary>
internal readonly struct OpenFrame(AmqpSettings settings, bool withProperties) : IPerformative
{
    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.Open);
        CompoundScope list = writer.BeginCompound();
        writer.WriteString(settings.ContainerId);
        writer.String(settings.Hostname);
        writer.WriteUInt(settings.MaxFrameSize);
        writer.WriteUShort(settings.ChannelMax);
        // The half is announced, so that a heartbeat that is late does not cost the connection. [AMQP 2.4.5]
        writer.UInt(settings.IdleTimeoutMs == 0 ? null : (uint)Math.Max(settings.IdleTimeoutMs / 2, 1));
        writer.WriteNull(); // outgoing-locales
        writer.WriteNull(); // incoming-locales
        if (withProperties)
        {
            writer.WriteSymbols(settings.OfferedCapabilities);
            writer.WriteSymbols(settings.DesiredCapabilities);
            writer.WriteMap(settings.Properties);
        }

        writer.EndFields(list);
    }

    internal static Open Decode(ref ItemReader items, AmqpSettings settings)
    {
        string containerId = items.NextString(settings.MaxIdentityLength) ?? throw Missing("container-id");
        string? hostname = items.NextString(settings.MaxIdentityLength);
        uint maxFrameSize = items.NextUInt(absent: uint.MaxValue);
        ushort channelMax = items.NextUShort(absent: ushort.MaxValue);
        uint idleTimeoutMs = items.NextUInt(absent: 0);
        items.NextSymbols(settings.Decode); // outgoing-locales
        items.NextSymbols(settings.Decode); // incoming-locales
        return new Open
        {
            ContainerId = containerId,
            Hostname = hostname,
            MaxFrameSize = maxFrameSize,
            ChannelMax = channelMax,
            IdleTimeoutMs = idleTimeoutMs,
            OfferedCapabilities = items.NextSymbols(settings.Decode),
            DesiredCapabilities = items.NextSymbols(settings.Decode),
            Properties = items.NextMap(settings.Decode),
        };
    }

    internal static AmqpViolationException Missing(string field) =>
        AmqpViolationException.Decode($"The mandatory field {field} is missing.");
}
