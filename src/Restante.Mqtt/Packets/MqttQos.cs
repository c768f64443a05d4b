namespace Restante.Mqtt.Packets;

/// <summary>Quality of service of a message. [MQTT 5 §4.3]</summary>
public enum MqttQos : byte
{
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}
