namespace Restante.Mqtt;

/// <summary>What became of a message handed to <see cref="MqttConnection.Send"/>.</summary>
public enum MqttSendStatus
{
    /// <summary>Written to the output.</summary>
    Sent,

    /// <summary>Not written: as many QoS 1 and 2 messages are in flight as the peer allows. Try again after an acknowledgement.</summary>
    Blocked,

    /// <summary>Not written: larger than the peer's maximum packet size; it never will fit. [MQTT-3.1.2-25]</summary>
    TooLarge,

    /// <summary>Not written: the connection is not established or already closed.</summary>
    NotConnected,

    /// <summary>Not written: the server does not take this QoS. [MQTT-3.2.2-11]</summary>
    QosNotSupported,

    /// <summary>Not written: the server does not take retained messages. [MQTT-3.2.2-14]</summary>
    RetainNotSupported,
}
