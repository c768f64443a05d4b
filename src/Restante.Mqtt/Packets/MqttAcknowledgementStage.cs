namespace Restante.Mqtt.Packets;

/// <summary>How far the peer has acknowledged a message sent to it.</summary>
public enum MqttAcknowledgementStage
{
    /// <summary>QoS 1: finished.</summary>
    PubAck,

    /// <summary>QoS 2: received. On success the owner calls ReleaseOutgoing; a failure code finishes the flow.</summary>
    PubRec,

    /// <summary>QoS 2: finished.</summary>
    PubComp,
}
