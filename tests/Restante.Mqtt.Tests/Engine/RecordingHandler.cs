using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>Writes down what a connection tells, and answers as told.</summary>
internal sealed class RecordingHandler : IMqttConnectionHandler
{
    public List<string> Events { get; } = [];

    public MqttConnection Connection { get; set; } = null!;

    public MqttClosed? Closed { get; private set; }

    public MqttWill? Will { get; private set; }

    /// <summary>What a CONNECT is answered with at once; null leaves it open.</summary>
    public MqttConnAckOptions? AcceptWith { get; set; }

    public bool AcknowledgeAtOnce { get; set; }

    public bool ReleaseAtOnce { get; set; }

    public Action<string>? OnEvent { get; set; }

    public void OnConnect(in ConnectPacket packet)
    {
        Will = packet.CopyWill();
        Note(Description.Of(packet));
        if (AcceptWith is { } options)
        {
            Connection.AcceptConnect(packet.ClientId.IsEmpty ? options with { AssignedClientId = "given" } : options);
        }
    }

    public void OnConnAck(in ConnAckPacket packet) => Note(Description.Of(packet));

    public void OnPublish(in PublishPacket packet)
    {
        Note(Description.Of(packet));
        if (AcknowledgeAtOnce && !packet.PacketId.IsNone)
        {
            Connection.AcknowledgePublish(packet.PacketId);
        }
    }

    public void OnPublishReleased(PacketId packetId) => Note($"RELEASED {packetId}");

    public void OnPublishAcknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
    {
        Note(Description.Of(packet));
        if (ReleaseAtOnce && stage == MqttAcknowledgementStage.PubRec && !packet.IsFailure)
        {
            Connection.ReleaseOutgoing(packet.PacketId);
        }
    }

    public void OnSubscribe(in SubscribePacket packet) => Note(Description.Of(packet));

    public void OnUnsubscribe(in UnsubscribePacket packet) => Note(Description.Of(packet));

    public void OnSubAck(in SubscriptionAcknowledgementPacket packet) => Note(Description.Of("SUBACK", packet));

    public void OnUnsubAck(in SubscriptionAcknowledgementPacket packet) => Note(Description.Of("UNSUBACK", packet));

    public void OnAuth(in AuthPacket packet) => Note(Description.Of(packet));

    public void OnPingResponse() => Note("PINGRESP");

    public void OnDisconnect(in DisconnectPacket packet) => Note(Description.Of(packet));

    public void OnClosed(in MqttClosed closed)
    {
        Assert.Null(Closed);
        Closed = closed;
    }

    private void Note(string text)
    {
        Events.Add(text);
        OnEvent?.Invoke(text);
    }
}
