using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Unicode;
using Restante.Core.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>Turns what a device publishes, or announces as its will, into message content.</summary>
internal static class PublishContent
{
    /// <summary>Writes a publish; false when its property bag is malformed.</summary>
    public static bool TryWrite(in PublishPacket packet, ReadOnlySpan<byte> bag, IBufferWriter<byte> output)
    {
        var writer = new ContentWriter(output, FormOf(packet.PayloadFormatIndicator));
        if (!TryWriteBag(writer, bag))
            return false;
        MqttProperties properties = packet.Properties;
        if (!properties.IsEmpty)
        {
            if (properties.Contains(MqttPropertyId.ContentType))
                writer.Raw(ContentField.ContentType, ValueKind.String, packet.ContentType);
            if (properties.Contains(MqttPropertyId.ResponseTopic))
                writer.Raw(ContentField.ReplyTo, ValueKind.String, packet.ResponseTopic);
            if (properties.Contains(MqttPropertyId.CorrelationData))
                WriteCorrelation(writer, packet.CorrelationData);
            if (packet.MessageExpirySeconds is uint expiry)
                WriteExpiry(writer, expiry);
            uint written = 0;
            foreach (UserPropertyView property in packet.UserProperties)
                WriteProperty(writer, property.Name, property.Value, inBag: false, ref written);
        }

        writer.Body(packet.Payload);
        return true;
    }

    /// <summary>The content of a will; null when its property bag is malformed.</summary>
    public static byte[]? OfWill(MqttWill will, ReadOnlySpan<byte> bag)
    {
        var output = new ArrayBufferWriter<byte>(will.Payload.Length + 64);
        var writer = new ContentWriter(output, FormOf(will.PayloadFormatIndicator));
        if (!TryWriteBag(writer, bag))
            return null;
        writer.Text(ContentField.ContentType, will.ContentType);
        writer.Text(ContentField.ReplyTo, will.ResponseTopic);
        if (will.CorrelationData is ReadOnlyMemory<byte> correlation)
            WriteCorrelation(writer, correlation.Span);
        if (will.MessageExpirySeconds is uint expiry)
            WriteExpiry(writer, expiry);
        uint written = 0;
        foreach (MqttUserProperty property in will.UserProperties)
        {
            WriteProperty(
                writer, System.Text.Encoding.UTF8.GetBytes(property.Name), System.Text.Encoding.UTF8.GetBytes(property.Value), inBag: false,
                ref written);
        }

        writer.Body(will.Payload.Span);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Whether a payload is what its format indicator says. [MQTT 5 §3.3.2.3.2]</summary>
    public static bool FitsFormat(byte? indicator, ReadOnlySpan<byte> payload) => indicator != 1 || Utf8.IsValid(payload);

    private static BodyKind FormOf(byte? indicator) => indicator == 1 ? BodyKind.Text : BodyKind.Binary;

    // Correlation data are bytes; text goes on as text, so that services on other protocols see what the device wrote.
    private static void WriteCorrelation(ContentWriter writer, ReadOnlySpan<byte> value) =>
        writer.Raw(ContentField.CorrelationId, Utf8.IsValid(value) ? ValueKind.String : ValueKind.Binary, value);

    private static void WriteExpiry(ContentWriter writer, uint seconds)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, seconds);
        writer.Property(FieldNames.MessageExpiry, ValueKind.UInt, bytes);
    }

    private static bool TryWriteBag(ContentWriter writer, ReadOnlySpan<byte> bag)
    {
        if (bag.IsEmpty)
            return true;
        byte[] scratch = ArrayPool<byte>.Shared.Rent(bag.Length);
        var reader = new PropertyBag(bag, scratch);
        uint written = 0;
        while (reader.Read())
            WriteProperty(writer, reader.Name, reader.Value, inBag: true, ref written);
        ArrayPool<byte>.Shared.Return(scratch);
        return !reader.IsMalformed;
    }

    // Of several with the name of one field the first counts: 'written' has a bit for each field that is there.
    private static void WriteProperty(
        ContentWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool inBag, ref uint written)
    {
        ContentField? known = FieldNames.FieldOf(name, inBag);
        uint bit = known is ContentField its ? 1u << (int)its : 0;
        if ((written & bit) != 0)
            return;
        written |= bit;
        switch (known)
        {
            case null:
                writer.Property(name, ValueKind.String, value);
                break;
            case ContentField.CreationTime when Utf8Parser.TryParse(value, out long ms, out int used) && used == value.Length:
                writer.Timestamp(ContentField.CreationTime, ms);
                break;
            case ContentField.CreationTime:
                writer.Property(name, ValueKind.String, value);
                break;
            case ContentField field:
                writer.Raw(field, ValueKind.String, value);
                break;
        }
    }
}
