using System.Buffers;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <summary>skeleton</summary>
public sealed class MqttConnection
{
    public MqttConnection(MqttConnectionSettings settings, MqttRole role, IMqttConnectionHandler handler, IBufferWriter<byte> output, long nowMs) { }
    public MqttRole Role => throw new NotSupportedException();
    public MqttVersion Version => throw new NotSupportedException();
    public bool IsConnected => throw new NotSupportedException();
    public bool IsClosed => throw new NotSupportedException();
    public bool IsPaused => throw new NotSupportedException();
    public int MinimumBytesNeeded => throw new NotSupportedException();
    public long NextDeadlineMs => throw new NotSupportedException();
    public int SendQuota => throw new NotSupportedException();
    public int KeepAliveSeconds => throw new NotSupportedException();
    public int PeerMaximumPacketSize => throw new NotSupportedException();
    public int Receive(ReadOnlySpan<byte> bytes, long nowMs) => throw new NotSupportedException();
    public void Tick(long nowMs) => throw new NotSupportedException();
    public void TransportClosed() => throw new NotSupportedException();
    public void PauseReceiving() => throw new NotSupportedException();
    public void ResumeReceiving() => throw new NotSupportedException();
    public void AcceptConnect(MqttConnAckOptions options) => throw new NotSupportedException();
    public void RefuseConnect(MqttReasonCode reasonCode, string? reasonString = null, string? serverReference = null) => throw new NotSupportedException();
    public bool AcknowledgeSubscribe(PacketId packetId, ReadOnlySpan<MqttReasonCode> codes, string? reasonString = null) => throw new NotSupportedException();
    public bool AcknowledgeUnsubscribe(PacketId packetId, ReadOnlySpan<MqttReasonCode> codes, string? reasonString = null) => throw new NotSupportedException();
    public bool AcknowledgePublish(PacketId packetId, MqttReasonCode reasonCode = MqttReasonCode.Success, string? reasonString = null) => throw new NotSupportedException();
    public MqttSendResult Send(in OutgoingMessage message) => throw new NotSupportedException();
    public bool ReleaseOutgoing(PacketId packetId) => throw new NotSupportedException();
    public bool AbandonOutgoing(PacketId packetId) => throw new NotSupportedException();
    public void Disconnect(MqttReasonCode reasonCode = MqttReasonCode.Success, MqttDisconnectOptions? options = null) => throw new NotSupportedException();
    public void RestoreSession(MqttSessionState state) => throw new NotSupportedException();
    public MqttSessionState ExportSession() => throw new NotSupportedException();
    public void Connect(MqttConnectOptions options) => throw new NotSupportedException();
    public PacketId Subscribe(ReadOnlySpan<MqttSubscription> subscriptions, uint? subscriptionIdentifier = null) => throw new NotSupportedException();
    public PacketId Unsubscribe(ReadOnlySpan<string> filters) => throw new NotSupportedException();
    public void Ping() => throw new NotSupportedException();
    public void SendAuth(MqttReasonCode reasonCode, string method, ReadOnlyMemory<byte> data, string? reasonString = null) => throw new NotSupportedException();
}
