using System.Buffers.Binary;
using System.Text;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt.Codec;

/// <summary>
/// Writes the fields of a packet into a span, or only counts them when it was made without one, so that measuring and writing are the same
/// code. Throws <see cref="ArgumentException"/> for what the wire cannot carry.
/// </summary>
internal ref struct PacketWriter
{
    private readonly Span<byte> _target;

    public PacketWriter(Span<byte> target)
    {
        _target = target;
    }

    /// <summary>Bytes written or counted so far.</summary>
    public int Position { get; private set; }

    private readonly bool IsCounting => _target.IsEmpty;

    public void WriteByte(byte value)
    {
        if (!IsCounting)
        {
            _target[Position] = value;
        }

        Position++;
    }

    public void WriteUInt16(ushort value)
    {
        if (!IsCounting)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_target[Position..], value);
        }

        Position += 2;
    }

    public void WriteUInt32(uint value)
    {
        if (!IsCounting)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_target[Position..], value);
        }

        Position += 4;
    }

    public void WriteVariableByteInteger(uint value)
    {
        int length = VariableByteInteger.Length(value);
        for (int i = 0; i < length; i++)
        {
            WriteByte((byte)((value & 0x7F) | (i < length - 1 ? 0x80u : 0)));
            value >>= 7;
        }
    }

    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        if (!IsCounting)
        {
            bytes.CopyTo(_target[Position..]);
        }

        Position += bytes.Length;
    }

    public void WriteBinary(ReadOnlySpan<byte> bytes)
    {
        WriteUInt16(Length(bytes.Length));
        WriteRaw(bytes);
    }

    /// <summary>Text that is UTF-8 already.</summary>
    public void WriteText(ReadOnlySpan<byte> text)
    {
        if (IsCounting && !MqttText.IsValid(text))
        {
            throw new ArgumentException("A text is not valid UTF-8 or contains U+0000.", nameof(text));
        }

        WriteBinary(text);
    }

    public void WriteText(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        WriteUInt16(Length(length));
        if (!IsCounting)
        {
            Encoding.UTF8.GetBytes(text, _target.Slice(Position, length));
        }
        else if (text.Contains('\0', StringComparison.Ordinal))
        {
            // [MQTT-1.5.4-2]
            throw new ArgumentException("A text contains U+0000.", nameof(text));
        }

        Position += length;
    }

    public void WriteProperty(MqttPropertyId id, byte? value)
    {
        if (value is { } number)
        {
            WriteByte((byte)id);
            WriteByte(number);
        }
    }

    public void WriteProperty(MqttPropertyId id, ushort? value)
    {
        if (value is { } number)
        {
            WriteByte((byte)id);
            WriteUInt16(number);
        }
    }

    public void WriteProperty(MqttPropertyId id, uint? value)
    {
        if (value is { } number)
        {
            WriteByte((byte)id);
            WriteUInt32(number);
        }
    }

    public void WriteProperty(MqttPropertyId id, string? text)
    {
        if (text is not null)
        {
            WriteByte((byte)id);
            WriteText(text);
        }
    }

    /// <summary>Nothing when the text is empty.</summary>
    public void WriteTextProperty(MqttPropertyId id, ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            WriteByte((byte)id);
            WriteText(text);
        }
    }

    public void WriteBinaryProperty(MqttPropertyId id, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is { } value)
        {
            WriteByte((byte)id);
            WriteBinary(value.Span);
        }
    }

    public void WriteSubscriptionIdentifier(uint value)
    {
        ArgumentOutOfRangeException.ThrowIfZero(value);
        WriteByte((byte)MqttPropertyId.SubscriptionIdentifier);
        WriteVariableByteInteger(value);
    }

    public void WriteUserProperty(in MqttUserProperty property)
    {
        WriteByte((byte)MqttPropertyId.UserProperty);
        WriteText(property.Name);
        WriteText(property.Value);
    }

    public void WriteUserProperties(IReadOnlyList<MqttUserProperty> properties)
    {
        for (int i = 0; i < properties.Count; i++)
        {
            WriteUserProperty(properties[i]);
        }
    }

    private static ushort Length(int length) => length <= MqttText.MaximumBytes
        ? (ushort)length
        : throw new ArgumentException("A text or binary value is longer than 65,535 bytes.", nameof(length));
}
