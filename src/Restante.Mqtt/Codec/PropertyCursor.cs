using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>Walks the properties of a block. On a validated block it does not throw, otherwise it throws what the decoder wants.</summary>
internal ref struct PropertyCursor
{
    private PacketReader _reader;

    public PropertyCursor(ReadOnlySpan<byte> properties)
    {
        _reader = new PacketReader(properties);
    }

    public MqttPropertyId Id { get; private set; }

    public PropertyTable.Rule Rule { get; private set; }

    /// <summary>The value of a numeric property.</summary>
    public uint Number { get; private set; }

    /// <summary>The value of a text or binary property, or the name of a pair. Not checked for UTF-8 here.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The value of a pair.</summary>
    public ReadOnlySpan<byte> SecondBytes { get; private set; }

    public bool MoveNext()
    {
        if (_reader.IsAtEnd)
        {
            return false;
        }

        uint id = _reader.ReadVariableByteInteger();
        Rule = PropertyTable.Find(id);
        Id = (MqttPropertyId)id;
        switch (Rule.Kind)
        {
            case PropertyKind.Byte:
                Number = _reader.ReadByte();
                break;
            case PropertyKind.UInt16:
                Number = _reader.ReadUInt16();
                break;
            case PropertyKind.UInt32:
                Number = _reader.ReadUInt32();
                break;
            case PropertyKind.VariableByteInteger:
                Number = _reader.ReadVariableByteInteger();
                break;
            case PropertyKind.Text or PropertyKind.Binary:
                Bytes = _reader.ReadBinary();
                break;
            case PropertyKind.TextPair:
                Bytes = _reader.ReadBinary();
                SecondBytes = _reader.ReadBinary();
                break;
            default:
                throw MqttProtocolException.Malformed($"Property identifier {id} is not assigned.");
        }

        return true;
    }
}
