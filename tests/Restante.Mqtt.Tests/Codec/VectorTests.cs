using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Engine;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Codec;

/// <summary>Every named vector through the decoders alone.</summary>
public sealed class VectorTests
{
    public static TheoryData<string> Names => Vectors.Names(_ => true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoder_gives_the_packet_or_the_violation(string name)
    {
        PacketVector vector = Vectors.Get(name);
        if (vector.Error is { } error)
        {
            MqttProtocolException violation = Assert.Throws<MqttProtocolException>(() => Decode(vector));
            Assert.Equal(error, violation.ReasonCode);
        }
        else
        {
            Assert.Equal(vector.Expected, Decode(vector));
        }
    }

    /// <summary>No packet that was cut short decodes to the same thing, and nothing but a violation comes of it.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_body_cut_short_is_a_violation_or_another_packet(string name)
    {
        PacketVector vector = Vectors.Get(name);
        Assert.True(FixedHeader.TryRead(vector.Bytes, out FixedHeader header));
        for (int length = 0; length < header.RemainingLength; length++)
        {
            try
            {
                string text = Decode(vector.Version, vector.Receiver, header.FirstByte, vector.Bytes.AsSpan(header.Length, length));
                bool onlyEmptyBlockCut = vector.Bytes.AsSpan(header.Length + length).SequenceEqual([(byte)0]);
                Assert.True(onlyEmptyBlockCut || text != vector.Expected);
            }
            catch (MqttProtocolException)
            {
                // As it should be for nearly all lengths.
            }
        }
    }

    internal static string Decode(PacketVector vector)
    {
        Assert.True(FixedHeader.TryRead(vector.Bytes, out FixedHeader header));
        return Decode(vector.Version, vector.Receiver, header.FirstByte, vector.Bytes.AsSpan(header.Length));
    }

    internal static string Decode(MqttVersion version, MqttRole receiver, byte firstByte, ReadOnlySpan<byte> body)
    {
        MqttConnectionSettings settings = Peer.TestSettings;
        MqttRole sender = receiver == MqttRole.Server ? MqttRole.Client : MqttRole.Server;
        FixedHeader.CheckFirstByte(firstByte, version);
        MqttPacketType type = (MqttPacketType)(firstByte >> 4);
        return type switch
        {
            MqttPacketType.Connect => Connect(body, settings),
            MqttPacketType.ConnAck => Description.Of(AnswerDecoder.ReadConnAck(body, version, settings)),
            MqttPacketType.Publish => Description.Of(PublishDecoder.Read((byte)(firstByte & 15), body, version, settings)),
            MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp =>
                Description.Of(AnswerDecoder.ReadAcknowledgement(type, body, version, sender, settings)),
            MqttPacketType.Subscribe => Description.Of(SubscribeDecoder.ReadSubscribe(body, version, settings)),
            MqttPacketType.Unsubscribe => Description.Of(SubscribeDecoder.ReadUnsubscribe(body, version, settings)),
            MqttPacketType.SubAck or MqttPacketType.UnsubAck =>
                Description.Of(type.ToString().ToUpperInvariant(), AnswerDecoder.ReadSubscription(type, body, version, settings)),
            MqttPacketType.Disconnect => Description.Of(AnswerDecoder.ReadDisconnect(body, version, sender, settings)),
            MqttPacketType.Auth => Description.Of(AnswerDecoder.ReadAuth(body, sender, settings)),
            _ => body.IsEmpty ? type.ToString() : throw MqttProtocolException.Malformed("A ping with a body."),
        };
    }

    private static string Connect(ReadOnlySpan<byte> body, MqttConnectionSettings settings)
    {
        PacketReader reader = new(body);
        ProtocolAnswer answer = ConnectDecoder.ReadProtocol(ref reader);
        if (answer is not (ProtocolAnswer.V311 or ProtocolAnswer.V500))
        {
            throw new MqttProtocolException(MqttReasonCode.UnsupportedProtocolVersion, answer.ToString());
        }

        ConnectPacket packet = ConnectDecoder.Read(ref reader, answer == ProtocolAnswer.V311 ? MqttVersion.V311 : MqttVersion.V500, settings);
        ConnectDecoder.CheckLimits(packet, settings);
        return Description.Of(packet);
    }
}
