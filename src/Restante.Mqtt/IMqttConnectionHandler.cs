using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <summary>
/// What a connection tells its owner. Every call happens inside a call into the connection, on the same thread. Packets are
/// views of the receive buffer: copy what outlives the callback. Callbacks may call back into the connection, except
/// <see cref="MqttConnection.Receive"/>. A role implements what it needs; the rest does nothing.
/// </summary>
public interface IMqttConnectionHandler
{
    /// <summary>
    /// Server: a CONNECT has come. Answer, now or later, with AcceptConnect or RefuseConnect; until then nothing more is read.
    /// </summary>
    void OnConnect(in ConnectPacket packet)
    {
    }

    /// <summary>Client: the answer to CONNECT. A refusal is followed by <see cref="OnClosed"/>.</summary>
    void OnConnAck(in ConnAckPacket packet)
    {
    }

    /// <summary>
    /// A message has come. QoS 1 and 2: answer with AcknowledgePublish, now or later; each QoS 2 message is raised once.
    /// </summary>
    void OnPublish(in PublishPacket packet);

    /// <summary>The peer has released a QoS 2 message: its identifier is free again. PUBCOMP is sent by the connection.</summary>
    void OnPublishReleased(PacketId packetId)
    {
    }

    /// <summary>
    /// The peer has acknowledged a message that was sent. After PUBREC without failure call ReleaseOutgoing, now or later;
    /// in all other cases the flow is finished and its place in the send quota free.
    /// </summary>
    void OnPublishAcknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
    {
    }

    /// <summary>Server: answer with AcknowledgeSubscribe, now or later.</summary>
    void OnSubscribe(in SubscribePacket packet)
    {
    }

    /// <summary>Server: answer with AcknowledgeUnsubscribe, now or later.</summary>
    void OnUnsubscribe(in UnsubscribePacket packet)
    {
    }

    /// <summary>Client: the answer to Subscribe.</summary>
    void OnSubAck(in SubscriptionAcknowledgementPacket packet)
    {
    }

    /// <summary>Client: the answer to Unsubscribe.</summary>
    void OnUnsubAck(in SubscriptionAcknowledgementPacket packet)
    {
    }

    /// <summary>An AUTH of an extended authentication that this connection takes part in.</summary>
    void OnAuth(in AuthPacket packet)
    {
    }

    /// <summary>Client: the answer to a PINGREQ.</summary>
    void OnPingResponse()
    {
    }

    /// <summary>The peer has sent DISCONNECT; <see cref="OnClosed"/> follows.</summary>
    void OnDisconnect(in DisconnectPacket packet)
    {
    }

    /// <summary>The connection has ended, told exactly once. Write out what is in the output, then close the transport.</summary>
    void OnClosed(in MqttClosed closed);
}
