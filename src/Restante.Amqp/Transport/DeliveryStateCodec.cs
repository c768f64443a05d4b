using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Encoding of delivery states. The plain ones are shared objects. [AMQP 3.4]</summary>
internal static class DeliveryStateCodec
{
    internal static void Write(ref AmqpWriter writer, DeliveryState? state)
    {
        switch (state)
        {
            case Accepted:
                WriteEmpty(ref writer, Descriptors.Accepted);
                break;
            case Released:
                WriteEmpty(ref writer, Descriptors.Released);
                break;
            case Rejected rejected:
                ErrorCodec.WriteEnding(ref writer, Descriptors.Rejected, rejected.Error);
                break;
            case Modified modified:
                writer.WriteDescriptor(Descriptors.Modified);
                CompoundScope list = writer.BeginCompound();
                writer.Boolean(modified.DeliveryFailed ? true : null);
                writer.Boolean(modified.UndeliverableHere ? true : null);
                writer.WriteMap(modified.Annotations);
                writer.EndFields(list);
                break;
            case Received received:
                writer.WriteDescriptor(Descriptors.Received);
                CompoundScope fields = writer.BeginCompound();
                writer.WriteUInt(received.SectionNumber);
                writer.WriteULong(received.SectionOffset);
                writer.EndFields(fields);
                break;
            default:
                writer.WriteNull();
                break;
        }
    }

    internal static DeliveryState? Read(ReadOnlySpan<byte> raw, DecodeLimits limits)
    {
        if (raw.IsEmpty)
            return null;
        var reader = new AmqpReader(raw);
        ulong code = reader.ReadDescriptor();
        if (code is < Descriptors.Received or > Descriptors.Modified)
            return new UnknownState(code == Descriptors.Unknown ? null : code);
        ItemReader items = reader.ReadList();
        switch (code)
        {
            case Descriptors.Accepted:
                return Accepted.Instance;
            case Descriptors.Released:
                return Released.Instance;
            case Descriptors.Rejected:
                return ErrorCodec.Read(items.NextRaw(), limits) is { } error ? new Rejected(error) : Rejected.WithoutError;
            case Descriptors.Modified:
                bool failed = items.NextBoolean(absent: false);
                bool undeliverable = items.NextBoolean(absent: false);
                return items.NextMap(limits) is { } annotations
                    ? new Modified(failed, undeliverable, annotations)
                    : Modified.Of(failed, undeliverable);
            default:
                uint section = items.NextUInt() ?? throw OpenFrame.Missing("section-number");
                return new Received(section, items.NextULong(absent: 0));
        }
    }

    private static void WriteEmpty(ref AmqpWriter writer, ulong code)
    {
        writer.WriteDescriptor(code);
        writer.EndFields(writer.BeginCompound());
    }
}
