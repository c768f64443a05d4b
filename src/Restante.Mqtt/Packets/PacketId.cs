using System.Globalization;

namespace Restante.Mqtt.Packets;

/// <summary>A packet identifier: 1 to 65,535, or <see cref="None"/> where a packet carries none. [MQTT 5 §2.2.1]</summary>
/// <param name="Value">The number on the wire; 0 stands for none.</param>
public readonly record struct PacketId(ushort Value)
{
    public static PacketId None => default;

    /// <summary>Whether this is no identifier at all, as with QoS 0.</summary>
    public bool IsNone => Value == 0;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
