namespace Restante.Mqtt.Packets;

/// <summary>A user property to be sent: a name and a value, at most 65,535 bytes each in UTF-8. [MQTT 5 §2.2.2.2]</summary>
public readonly record struct MqttUserProperty(string Name, string Value);
