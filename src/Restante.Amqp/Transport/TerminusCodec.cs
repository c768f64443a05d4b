using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Encoding of sources and targets. [AMQP 3.5.3, 3.5.4]</summary>
internal static class TerminusCodec
{
    internal static bool IsCoordinator(ReadOnlySpan<byte> raw) =>
        !raw.IsEmpty && new AmqpReader(raw).TryReadDescriptor(out ulong code) && code == Descriptors.Coordinator;

    internal static void Write(ref AmqpWriter writer, Source? source)
    {
        if (source is null)
        {
            writer.WriteNull();
            return;
        }

        writer.WriteDescriptor(Descriptors.Source);
        CompoundScope list = writer.BeginCompound();
        writer.String(source.Address);
        writer.UInt(source.Durable == TerminusDurability.None ? null : (uint)source.Durable);
        writer.Symbol(source.ExpiryPolicy);
        writer.UInt(source.TimeoutSeconds == 0 ? null : source.TimeoutSeconds);
        writer.Boolean(source.Dynamic ? true : null);
        writer.WriteMap(source.DynamicNodeProperties);
        writer.Symbol(source.DistributionMode);
        writer.WriteMap(source.Filter);
        DeliveryStateCodec.Write(ref writer, source.DefaultOutcome);
        writer.WriteSymbols(source.Outcomes);
        writer.WriteSymbols(source.Capabilities);
        writer.EndFields(list);
    }

    internal static void Write(ref AmqpWriter writer, Target? target)
    {
        if (target is null)
        {
            writer.WriteNull();
            return;
        }

        writer.WriteDescriptor(Descriptors.Target);
        CompoundScope list = writer.BeginCompound();
        writer.String(target.Address);
        writer.UInt(target.Durable == TerminusDurability.None ? null : (uint)target.Durable);
        writer.Symbol(target.ExpiryPolicy);
        writer.UInt(target.TimeoutSeconds == 0 ? null : target.TimeoutSeconds);
        writer.Boolean(target.Dynamic ? true : null);
        writer.WriteMap(target.DynamicNodeProperties);
        writer.WriteSymbols(target.Capabilities);
        writer.EndFields(list);
    }

    internal static Source? ReadSource(ReadOnlySpan<byte> raw, DecodeLimits limits)
    {
        if (raw.IsEmpty)
            return null;
        ItemReader items = Fields(raw, Descriptors.Source);
        return new Source
        {
            Address = ReadAddress(items.NextRaw()),
            Durable = ReadDurability(ref items),
            ExpiryPolicy = items.NextSymbol(),
            TimeoutSeconds = items.NextUInt(absent: 0),
            Dynamic = items.NextBoolean(absent: false),
            DynamicNodeProperties = items.NextMap(limits),
            DistributionMode = items.NextSymbol(),
            Filter = items.NextMap(limits),
            DefaultOutcome = DeliveryStateCodec.Read(items.NextRaw(), limits),
            Outcomes = items.NextSymbols(limits),
            Capabilities = items.NextSymbols(limits),
        };
    }

    internal static Target? ReadTarget(ReadOnlySpan<byte> raw, DecodeLimits limits)
    {
        if (raw.IsEmpty)
            return null;
        ItemReader items = Fields(raw, Descriptors.Target);
        return new Target
        {
            Address = ReadAddress(items.NextRaw()),
            Durable = ReadDurability(ref items),
            ExpiryPolicy = items.NextSymbol(),
            TimeoutSeconds = items.NextUInt(absent: 0),
            Dynamic = items.NextBoolean(absent: false),
            DynamicNodeProperties = items.NextMap(limits),
            Capabilities = items.NextSymbols(limits),
        };
    }

    private static ItemReader Fields(ReadOnlySpan<byte> raw, ulong descriptor)
    {
        var reader = new AmqpReader(raw);
        if (reader.ReadDescriptor() != descriptor)
            throw AmqpViolationException.Decode("A link's source or target is of an unknown kind.");
        return reader.ReadList();
    }

    private static TerminusDurability ReadDurability(ref ItemReader items)
    {
        uint value = items.NextUInt(absent: 0);
        return value <= (uint)TerminusDurability.UnsettledState
            ? (TerminusDurability)value
            : throw AmqpViolationException.Decode("A terminus durability has no such value.");
    }

    private static string? ReadAddress(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty)
            return null;
        var reader = new AmqpReader(raw);
        return reader.Peek() switch
        {
            FormatCode.Str8 or FormatCode.Str32 => reader.ReadString(),
            FormatCode.Sym8 or FormatCode.Sym32 => reader.ReadSymbol().Value,
            _ => throw AmqpViolationException.Decode("An address is no string."),
        };
    }
}
