namespace Restante.Mqtt.Codec;

/// <summary>Wire types of property values. [MQTT 5 §2.2.2.2]</summary>
internal enum PropertyKind : byte
{
    None,
    Byte,
    UInt16,
    UInt32,
    VariableByteInteger,
    Text,
    Binary,
    TextPair,
}
