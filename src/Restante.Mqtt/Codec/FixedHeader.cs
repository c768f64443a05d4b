using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>The first bytes of every packet: type, flags and remaining length. [MQTT 5 §2.1]</summary>
internal readonly record struct FixedHeader(byte FirstByte, int Length, int RemainingLength, bool IsMinimal)
{
    public MqttPacketType Type => (MqttPacketType)(FirstByte >> 4);

    public byte Flags => (byte)(FirstByte & 0x0F);

    public int TotalLength => Length + RemainingLength;

    /// <summary>Reads a header; false when more bytes are needed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FixedHeader header)
    {
        header = default;
        if (bytes.IsEmpty)
        {
            return false;
        }

        int length = VariableByteInteger.TryRead(bytes[1..], out uint remaining);
        if (length < 0)
        {
            throw MqttProtocolException.Malformed("The remaining length takes more than four bytes.");
        }

        if (length == 0)
        {
            return false;
        }

        header = new FixedHeader(bytes[0], 1 + length, (int)remaining, VariableByteInteger.Length(remaining) == length);
        return true;
    }

    /// <summary>Throws when the type is none of the version's or its reserved flags are not as laid down. [MQTT-2.1.3-1]</summary>
    public static void CheckFirstByte(byte firstByte, MqttVersion version)
    {
        int flags = firstByte & 0x0F;
        bool valid = (MqttPacketType)(firstByte >> 4) switch
        {
            MqttPacketType.Publish => (flags & 0x06) != 0x06, // QoS 3 does not exist. [MQTT-3.3.1-4]
            MqttPacketType.PubRel or MqttPacketType.Subscribe or MqttPacketType.Unsubscribe => flags == 0x02,
            MqttPacketType.Auth => version != MqttVersion.V311 && flags == 0,
            0 => false,
            _ => flags == 0,
        };
        if (!valid)
        {
            throw MqttProtocolException.Malformed($"First byte 0x{firstByte:X2} is no packet type with its reserved flags.");
        }
    }
}
