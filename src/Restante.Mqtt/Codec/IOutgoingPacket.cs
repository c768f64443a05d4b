namespace Restante.Mqtt.Codec;

/// <summary>
/// A packet that can be measured and written. <see cref="PacketEncoder"/> runs each method twice: to count, then to write.
/// </summary>
internal interface IOutgoingPacket
{
    /// <summary>Type and flags.</summary>
    byte FirstByte { get; }

    /// <summary>What follows all other fields without a length of its own: the payload of PUBLISH.</summary>
    ReadOnlySpan<byte> Payload { get; }

    /// <summary>The properties without their length; writes nothing for 3.1.1.</summary>
    void WriteProperties(ref PacketWriter writer);

    /// <summary>Everything between the remaining length and the payload, the property block included.</summary>
    void WriteFields(ref PacketWriter writer, int propertyLength);

    /// <summary>Leaves out user properties, then the reason string. False when nothing is left to leave out. [MQTT-3.4.2-2]</summary>
    bool TryShorten();
}
