namespace Restante.Mqtt.Packets;

/// <summary>When retained messages are sent for a subscription. [MQTT 5 §3.8.3.1]</summary>
public enum MqttRetainHandling : byte
{
    SendAtSubscribe = 0,
    SendIfNewSubscription = 1,
    DoNotSend = 2,
}
