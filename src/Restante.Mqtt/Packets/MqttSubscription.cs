namespace Restante.Mqtt.Packets;

/// <summary>One filter for a client to subscribe to. The last three options are of 5.0 and left out in 3.1.1. [MQTT 5 §3.8.3]</summary>
public readonly record struct MqttSubscription(
    string Filter,
    MqttQos MaximumQos = MqttQos.AtLeastOnce,
    bool NoLocal = false,
    bool RetainAsPublished = false,
    MqttRetainHandling RetainHandling = MqttRetainHandling.SendAtSubscribe);
