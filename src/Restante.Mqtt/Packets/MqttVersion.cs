namespace Restante.Mqtt.Packets;

/// <summary>The protocol level of a connection. [MQTT 5 §3.1.2.2]</summary>
public enum MqttVersion : byte
{
    /// <summary>Not known yet: no CONNECT has been read.</summary>
    None = 0,

    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0.</summary>
    V500 = 5,
}
