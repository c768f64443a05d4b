using System.Buffers.Binary;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt.Codec;

/// <summary>Reads the fields of one whole packet. Throws <see cref="MqttProtocolException"/> where the packet is too short.</summary>
internal ref struct PacketReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    public PacketReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _position = 0;
    }

    public readonly bool IsAtEnd => _position == _bytes.Length;

    public readonly int Remaining => _bytes.Length - _position;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>A variable byte integer in its shortest form. [MQTT-1.5.5-1]</summary>
    public uint ReadVariableByteInteger()
    {
        int length = VariableByteInteger.TryRead(_bytes[_position..], out uint value);
        if (length <= 0 || VariableByteInteger.Length(value) != length)
        {
            throw MqttProtocolException.Malformed("A variable byte integer is cut off, too long or not in its shortest form.");
        }

        _position += length;
        return value;
    }

    /// <summary>Bytes behind a two-byte length.</summary>
    public ReadOnlySpan<byte> ReadBinary() => Take(ReadUInt16());

    /// <summary>A UTF-8 encoded string, validated. [MQTT-1.5.4-1] [MQTT-1.5.4-2]</summary>
    public ReadOnlySpan<byte> ReadText()
    {
        ReadOnlySpan<byte> text = ReadBinary();
        if (!MqttText.IsValid(text))
        {
            throw MqttProtocolException.Malformed("A string is not valid UTF-8 or contains U+0000.");
        }

        return text;
    }

    /// <summary>All bytes up to the end.</summary>
    public ReadOnlySpan<byte> ReadRest() => Take(Remaining);

    /// <summary>The next bytes, as many as told.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw MqttProtocolException.Malformed("The packet ends inside a field.");
        }

        ReadOnlySpan<byte> bytes = _bytes.Slice(_position, count);
        _position += count;
        return bytes;
    }

    public readonly void RequireEnd()
    {
        if (!IsAtEnd)
        {
            throw MqttProtocolException.Malformed("The packet has bytes behind its last field.");
        }
    }
}
