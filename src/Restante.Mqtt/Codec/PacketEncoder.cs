using System.Buffers;

namespace Restante.Mqtt.Codec;

/// <summary>Measures packets and writes them to the output.</summary>
internal static class PacketEncoder
{
    public static PacketSize Measure<T>(ref readonly T packet)
        where T : struct, IOutgoingPacket, allows ref struct
    {
        PacketWriter properties = default;
        packet.WriteProperties(ref properties);
        PacketWriter fields = default;
        packet.WriteFields(ref fields, properties.Position);
        long remaining = (long)fields.Position + packet.Payload.Length;
        if (remaining > VariableByteInteger.Maximum)
        {
            return new PacketSize(properties.Position, fields.Position, 0, int.MaxValue);
        }

        int header = 1 + VariableByteInteger.Length((uint)remaining);
        return new PacketSize(properties.Position, fields.Position, (uint)remaining, header + (int)remaining);
    }

    public static void Write<T>(IBufferWriter<byte> output, ref readonly T packet, in PacketSize size)
        where T : struct, IOutgoingPacket, allows ref struct
    {
        int length = size.TotalLength - packet.Payload.Length;
        PacketWriter writer = new(output.GetSpan(length)[..length]);
        writer.WriteByte(packet.FirstByte);
        writer.WriteVariableByteInteger(size.RemainingLength);
        packet.WriteFields(ref writer, size.PropertyLength);
        output.Advance(length);
        output.Write(packet.Payload);
    }
}
