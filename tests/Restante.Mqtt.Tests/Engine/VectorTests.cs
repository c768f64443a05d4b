using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>
/// Every named vector through a whole connection: told as expected, or ended with the expected code; also one byte at a time.
/// </summary>
public sealed class VectorTests
{
    public static TheoryData<string> Names => Vectors.Names(_ => true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Connection_tells_the_packet_or_ends(string name) => Run(name);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_one_byte_at_a_time(string name)
    {
        PacketVector vector = Vectors.Get(name);
        Peer peer = Prepare(vector);
        foreach (byte value in vector.Bytes)
        {
            Assert.True(peer.Connection.MinimumBytesNeeded > peer.KeptBytes || peer.Connection.IsPaused);
            peer.Feed(value);
        }

        Check(vector, peer);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_split_in_two_anywhere(string name)
    {
        PacketVector vector = Vectors.Get(name);
        for (int split = 1; split < Math.Min(vector.Bytes.Length, 80); split++)
        {
            Peer peer = Prepare(vector);
            peer.Feed(vector.Bytes[..split]);
            peer.Feed(vector.Bytes[split..]);
            Check(vector, peer);
        }
    }

    /// <summary>One vector through a connection.</summary>
    internal static void Run(string name)
    {
        PacketVector vector = Vectors.Get(name);
        Peer peer = Prepare(vector);
        peer.Feed(vector.Bytes);
        Check(vector, peer);
    }

    /// <summary>Brings a connection to where the packet is expected.</summary>
    private static Peer Prepare(PacketVector vector)
    {
        if (vector.Type == MqttPacketType.Connect)
        {
            return new Peer(MqttRole.Server);
        }

        if (vector.Type == MqttPacketType.ConnAck || (vector.Type == MqttPacketType.Auth && vector.Version == MqttVersion.V500))
        {
            Peer client = new(MqttRole.Client);
            client.Connection.Connect(new MqttConnectOptions
            {
                Version = vector.Version,
                ClientId = "dev",
                AuthenticationMethod = vector.Version == MqttVersion.V500 ? "m" : null,
            });
            client.Forget();
            return client;
        }

        Peer peer = vector.Receiver == MqttRole.Server ? Peer.ServerAccepted(vector.Version) : Peer.ClientAccepted(vector.Version);
        Begin(peer, vector);
        peer.Forget();
        return peer;
    }

    private static void Begin(Peer peer, PacketVector vector)
    {
        switch (vector.Type)
        {
            case MqttPacketType.PubAck:
                Assert.Equal(1, peer.Send("t", "", MqttQos.AtLeastOnce).PacketId.Value);
                break;
            case MqttPacketType.PubRec:
                Assert.Equal(1, peer.Send("t", "", MqttQos.ExactlyOnce).PacketId.Value);
                break;
            case MqttPacketType.PubComp:
                peer.Send("t", "", MqttQos.ExactlyOnce);
                peer.Feed(Bytes.Packet(0x50, "0001"));
                Assert.True(peer.Connection.ReleaseOutgoing(new PacketId(1)));
                break;
            case MqttPacketType.PubRel:
                peer.Feed(Bytes.Packet(0x34, vector.Version == MqttVersion.V500 ? "'t' 0001 {}" : "'t' 0001"));
                Assert.True(peer.Connection.AcknowledgePublish(new PacketId(1)));
                break;
            case MqttPacketType.SubAck:
                Assert.Equal(1, peer.Connection.Subscribe([new MqttSubscription("a")]).PacketId.Value);
                break;
            case MqttPacketType.UnsubAck:
                Assert.Equal(1, peer.Connection.Unsubscribe(["a"]).PacketId.Value);
                break;
        }
    }

    private static void Check(PacketVector vector, Peer peer)
    {
        if (vector.Error is { } error)
        {
            Assert.Equal(MqttCloseCause.Violation, peer.Handler.Closed?.Cause);
            Assert.Equal(error, peer.Handler.Closed?.ReasonCode);
            CheckAnswer(vector, peer, error);
            return;
        }

        string told = vector.Expected!;
        if (vector.Type == MqttPacketType.PubRel)
        {
            told = "RELEASED 1";
        }

        peer.Told(told);
        bool ends = vector.Type == MqttPacketType.Disconnect || (vector.Type == MqttPacketType.ConnAck && !told.Contains(" 00 ", StringComparison.Ordinal));
        Assert.Equal(ends, peer.Connection.IsClosed);
    }

    private static void CheckAnswer(PacketVector vector, Peer peer, MqttReasonCode error)
    {
        byte[] written = peer.Take();
        bool foreign = vector.Name.Contains("foreign", StringComparison.Ordinal);
        if (vector.Type == MqttPacketType.Connect && !foreign && vector.Bytes[0] == 0x10)
        {
            if (vector.Version == MqttVersion.V500)
            {
                Assert.Equal([0x20, (byte)error], [written[0], written[3]]);
            }
            else
            {
                string expected = error switch
                {
                    MqttReasonCode.UnsupportedProtocolVersion => "20020001",
                    MqttReasonCode.ClientIdentifierNotValid => "20020002",
                    _ => "",
                };
                Assert.Equal(expected, vector.Name.Contains("topic", StringComparison.Ordinal) ? "" : Bytes.Hex(written));
            }
        }
        else if (vector.Type == MqttPacketType.Connect || vector.Version == MqttVersion.V311)
        {
            Assert.Empty(written);
        }
        else
        {
            bool isClient = vector.Receiver == MqttRole.Client;
            MqttReasonCode said = isClient && error == MqttReasonCode.TopicFilterInvalid ? MqttReasonCode.ProtocolError : error;
            Assert.Equal([0xE0, (byte)said], [written[0], written[2]]);
        }
    }
}
