using System.Buffers;
using System.Text;
using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Tests.Codec;

/// <summary>What is written by the encoders comes back from the decoders, for generated contents.</summary>
public sealed class PropertyRoundTripTests
{
    private static readonly MqttConnectionSettings _settings = new() { MaximumUserPropertyBytes = 1_000_000 };

    [Fact]
    [Spec("MQTT5-3.3.2-18")]
    public void Publish_comes_back_whole()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            Random random = new(seed);
            byte[] topic = Encoding.UTF8.GetBytes(Text(random, least: 1));
            byte[] response = random.Next(2) == 0 ? [] : Encoding.UTF8.GetBytes(Text(random, least: 1));
            byte[] type = random.Next(2) == 0 ? [] : Encoding.UTF8.GetBytes(Text(random, least: 1));
            byte[] correlation = new byte[random.Next(40)];
            random.NextBytes(correlation);
            byte[] payload = new byte[random.Next(20_000)];
            random.NextBytes(payload);
            MqttUserProperty[] users = Users(random);
            uint[] identifiers = [.. Enumerable.Range(0, random.Next(3)).Select(_ => (uint)random.Next(1, 268_435_456))];
            MqttQos qos = (MqttQos)random.Next(3);
            OutgoingMessage message = new()
            {
                Topic = topic,
                Payload = payload,
                Qos = qos,
                Retain = random.Next(2) == 0,
                PayloadFormatIndicator = random.Next(2) == 0 ? null : (byte)random.Next(2),
                MessageExpirySeconds = random.Next(2) == 0 ? null : (uint)random.NextInt64(uint.MaxValue),
                ContentType = type,
                ResponseTopic = response,
                CorrelationData = correlation,
                SubscriptionIdentifiers = identifiers,
                UserProperties = users,
            };
            ushort alias = (ushort)random.Next(3);
            OutgoingPublish packet = new(message, MqttVersion.V500, qos == 0 ? default : new PacketId(7), alias, false);
            byte[] bytes = Encode(ref packet);
            Assert.True(FixedHeader.TryRead(bytes, out FixedHeader header));
            Assert.Equal(bytes.Length, header.TotalLength);

            PublishPacket read = PublishDecoder.Read(header.Flags, bytes.AsSpan(header.Length), MqttVersion.V500, _settings);
            Assert.True(read.Topic.SequenceEqual(topic));
            Assert.True(read.Payload.SequenceEqual(payload));
            Assert.True(read.ContentType.SequenceEqual(type));
            Assert.True(read.ResponseTopic.SequenceEqual(response));
            Assert.True(read.CorrelationData.SequenceEqual(correlation));
            Assert.Equal(message.PayloadFormatIndicator, read.PayloadFormatIndicator);
            Assert.Equal(message.MessageExpirySeconds, read.MessageExpirySeconds);
            Assert.Equal((message.Qos, message.Retain, false), (read.Qos, read.Retain, read.Duplicate));
            Assert.Equal(alias == 0 ? null : alias, read.Properties.Number(MqttPropertyId.TopicAlias));
            Assert.Equal(users, read.Properties.CopyUserProperties());
            List<uint> found = [];
            foreach (uint identifier in read.Properties.SubscriptionIdentifiers)
            {
                found.Add(identifier);
            }

            Assert.Equal(identifiers, found);
        }
    }

    [Fact]
    public void Connect_and_will_come_back_whole()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            MqttVersion version = random.Next(2) == 0 ? MqttVersion.V311 : MqttVersion.V500;
            bool v5 = version == MqttVersion.V500;
            MqttWill? will = random.Next(2) == 0 ? null : Will(random, v5);
            MqttConnectOptions options = new()
            {
                Version = version,
                ClientId = Text(random, least: 1),
                CleanStart = random.Next(2) == 0,
                KeepAliveSeconds = (ushort)random.Next(65_536),
                UserName = Text(random),
                Password = random.Next(2) == 0 ? null : Encoding.UTF8.GetBytes(Text(random)),
                Will = will,
                SessionExpirySeconds = v5 ? (uint)random.Next(1000) : 0,
                UserProperties = v5 ? Users(random) : [],
            };
            OutgoingConnect packet = new(options, _settings);
            byte[] bytes = Encode(ref packet);
            Assert.True(FixedHeader.TryRead(bytes, out FixedHeader header));
            PacketReader reader = new(bytes.AsSpan(header.Length));
            Assert.Equal(v5 ? ProtocolAnswer.V500 : ProtocolAnswer.V311, ConnectDecoder.ReadProtocol(ref reader));
            ConnectPacket read = ConnectDecoder.Read(ref reader, version, _settings);
            Assert.Equal(options.ClientId, Encoding.UTF8.GetString(read.ClientId));
            Assert.Equal(options.UserName, Encoding.UTF8.GetString(read.UserName));
            Assert.Equal(options.Password is not null, read.HasPassword);
            Assert.True(read.Password.SequenceEqual((options.Password ?? default).Span));
            Assert.Equal((options.CleanStart, options.KeepAliveSeconds), (read.CleanStart, read.KeepAliveSeconds));
            Assert.Equal(v5 ? options.SessionExpirySeconds : options.CleanStart ? 0 : uint.MaxValue, read.SessionExpirySeconds);
            Assert.Equal(options.UserProperties, read.Properties.CopyUserProperties());
            Same(will, read.CopyWill());
        }
    }

    private static void Same(MqttWill? expected, MqttWill? actual)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is null || actual is null)
        {
            return;
        }

        Assert.Equal(expected.Payload.ToArray(), actual.Payload.ToArray());
        Assert.Equal(expected.CorrelationData?.ToArray(), actual.CorrelationData?.ToArray());
        Assert.Equal(expected.UserProperties, actual.UserProperties);
        Assert.Equal(
            expected with { Payload = default, CorrelationData = null, UserProperties = [] },
            actual with { Payload = default, CorrelationData = null, UserProperties = [] });
    }

    private static MqttWill Will(Random random, bool v5) => new()
    {
        Topic = Text(random, least: 1),
        Payload = Encoding.UTF8.GetBytes(Text(random)),
        Qos = (MqttQos)random.Next(3),
        Retain = random.Next(2) == 0,
        DelaySeconds = v5 ? (uint)random.Next(100) : 0,
        PayloadFormatIndicator = v5 ? (byte)1 : null,
        MessageExpirySeconds = v5 ? 99 : null,
        ContentType = v5 ? Text(random) : null,
        ResponseTopic = v5 ? "re/" + Text(random) : null,
        CorrelationData = v5 ? new byte[] { 1, 2 } : (ReadOnlyMemory<byte>?)null,
        UserProperties = v5 ? Users(random) : [],
    };

    private static byte[] Encode<T>(ref T packet)
        where T : struct, IOutgoingPacket, allows ref struct
    {
        ArrayBufferWriter<byte> output = new();
        PacketEncoder.Write(output, ref packet, PacketEncoder.Measure(ref packet));
        return output.WrittenSpan.ToArray();
    }

    private static MqttUserProperty[] Users(Random random) =>
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => new MqttUserProperty(Text(random), Text(random)))];

    private static string Text(Random random, int least = 0)
    {
        string[] letters = ["a", "Z", "/", " ", "ä", "€", "🚚", "\uFEFF", "\t", "$"];
        return string.Concat(Enumerable.Range(0, random.Next(least, 60)).Select(_ => letters[random.Next(letters.Length)]));
    }
}
