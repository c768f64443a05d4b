using System.Buffers;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>A connection under test with its handler and output, and the scripted other side.</summary>
internal sealed class Peer
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private byte[] _kept = [];

    public Peer(MqttRole role, MqttConnectionSettings? settings = null)
    {
        Handler = new RecordingHandler();
        Connection = new MqttConnection(settings ?? TestSettings, role, Handler, _output, 0);
        Handler.Connection = Connection;
    }

    public static MqttConnectionSettings TestSettings { get; } = new()
    {
        MaximumPacketSize = 4096,
        MaximumConnectPacketSize = 2048,
        ReceiveMaximum = 8,
        MaximumOutgoingInFlight = 8,
        TopicAliasMaximum = 4,
        MaximumOutgoingTopicAliases = 2,
        MaximumPendingRequests = 4,
        MaximumSubscriptionsPerPacket = 8,
        MaximumUserProperties = 16,
        MaximumUserPropertyBytes = 1024,
        MaximumClientIdBytes = 256,
        MaximumTopicBytes = 512,
        MaximumTopicLevels = 16,
    };

    public MqttConnection Connection { get; }

    public RecordingHandler Handler { get; }

    public long NowMs { get; set; }

    /// <summary>A server that has accepted a client. Extra: hex of CONNECT properties.</summary>
    public static Peer ServerAccepted(
        MqttVersion version, string properties = "", MqttConnectionSettings? settings = null, int keepAlive = 0, bool clean = true, string will = "")
    {
        Peer peer = new(MqttRole.Server, settings) { Handler = { AcceptWith = MqttConnAckOptions.Default } };
        string block = version == MqttVersion.V500 ? $"{{{properties}}}" : "";
        int flags = (clean ? 2 : 0) | (will.Length > 0 ? 4 : 0);
        peer.Feed(Bytes.Packet(0x10, $"'MQTT' {(int)version:X2} {flags:X2} {keepAlive:X4} {block} 'dev' {will}"));
        Assert.True(peer.Connection.IsConnected);
        peer.Forget();
        return peer;
    }

    /// <summary>A client that the server has accepted. Extra: hex of CONNACK properties.</summary>
    public static Peer ClientAccepted(MqttVersion version, string properties = "", MqttConnectionSettings? settings = null, MqttConnectOptions? options = null)
    {
        Peer peer = new(MqttRole.Client, settings);
        peer.Connection.Connect((options ?? new MqttConnectOptions { ClientId = "dev", KeepAliveSeconds = 0 }) with { Version = version });
        peer.Feed(Bytes.Packet(0x20, version == MqttVersion.V500 ? $"00 00 {{{properties}}}" : "00 00"));
        Assert.True(peer.Connection.IsConnected);
        peer.Forget();
        return peer;
    }

    /// <summary>Hands over bytes as the connection loop does, keeping what was not consumed.</summary>
    public void Feed(params byte[] bytes)
    {
        _kept = [.. _kept, .. bytes];
        int consumed = Connection.Receive(_kept, NowMs);
        _kept = _kept[consumed..];
    }

    public int KeptBytes => _kept.Length;

    public void Tick(long nowMs)
    {
        NowMs = nowMs;
        Connection.Tick(nowMs);
    }

    /// <summary>What was written since the last call.</summary>
    public byte[] Take()
    {
        byte[] written = _output.WrittenSpan.ToArray();
        _output.ResetWrittenCount();
        return written;
    }

    /// <summary>Asserts that exactly these packets were written since the last look.</summary>
    public void Wrote(params byte[][] packets) => Assert.Equal(Bytes.Hex(Bytes.Join(packets)), Bytes.Hex(Take()));

    /// <summary>Asserts that exactly these events were told since the last look.</summary>
    public void Told(params string[] events)
    {
        Assert.Equal(events, Handler.Events);
        Handler.Events.Clear();
    }

    public void Forget()
    {
        Take();
        Handler.Events.Clear();
    }

    public MqttSendResult Send(string topic, string payload = "", MqttQos qos = MqttQos.AtMostOnce) => Connection.Send(new OutgoingMessage
    {
        Topic = System.Text.Encoding.UTF8.GetBytes(topic),
        Payload = System.Text.Encoding.UTF8.GetBytes(payload),
        Qos = qos,
    });

    /// <summary>
    /// Asserts that the connection has ended over this violation, and what was said: DISCONNECT in 5.0, nothing in 3.1.1.
    /// </summary>
    public void EndedWith(MqttReasonCode code, MqttReasonCode? said = null)
    {
        Assert.NotNull(Handler.Closed);
        Assert.Equal(MqttCloseCause.Violation, Handler.Closed!.Value.Cause);
        Assert.Equal(code, Handler.Closed.Value.ReasonCode);
        Assert.True(Connection.IsClosed);
        byte[] written = Take();
        if (Connection.Version == MqttVersion.V500)
        {
            Assert.Equal(0xE0, written[0]);
            Assert.Equal((byte)(said ?? code), written[2]);
        }
        else
        {
            Assert.Empty(written);
        }
    }
}
