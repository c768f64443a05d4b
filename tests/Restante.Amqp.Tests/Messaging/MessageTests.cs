using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Tests.Types;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Messaging;

public sealed class MessageTests
{
    [Fact]
    public void A_full_message_survives_the_round_trip()
    {
        AmqpMessage message = Full();

        AmqpMessage decoded = AmqpMessage.Decode(message.Encode());

        Assert.Equal(message.Header, decoded.Header);
        Assert.Equal(message.MessageAnnotations, decoded.MessageAnnotations, ValueEquality.Instance);
        Assert.Equal(message.DeliveryAnnotations, decoded.DeliveryAnnotations, ValueEquality.Instance);
        Assert.Equal(message.ApplicationProperties, decoded.ApplicationProperties, ValueEquality.Instance);
        Assert.Equal(message.Footer, decoded.Footer, ValueEquality.Instance);
        Assert.Equal("id-1", decoded.Properties!.MessageId);
        Assert.Equal(7ul, decoded.Properties.CorrelationId);
        Assert.Equal("reply", decoded.Properties.ReplyTo);
        Assert.Equal(3u, decoded.Properties.GroupSequence);
        Assert.Equal("rg", decoded.Properties.ReplyToGroupId);
        Assert.Equal("body"u8.ToArray(), decoded.Data.ToArray());
        Assert.Equal(message.Encode(), decoded.Encode());
    }

    [Fact]
    public void The_reader_gives_every_field_without_objects()
    {
        byte[] encoded = Full().Encode();
        var message = new MessageReader(encoded);

        MessageHeader header = message.ReadHeader();
        PropertiesReader properties = message.Properties;

        Assert.True(header.Durable);
        Assert.Equal(9, header.Priority);
        Assert.Equal(60_000u, header.TtlMs);
        Assert.Equal(2u, header.DeliveryCount);
        Assert.Equal("id-1", properties.MessageIdText);
        Assert.Equal("7", properties.CorrelationIdText);
        Assert.Equal("to", properties.To);
        Assert.Equal("subject"u8.ToArray(), properties.SubjectRaw.ToArray());
        Assert.Equal("application/json", properties.ContentType);
        Assert.Equal(new AmqpTimestamp(1_000), properties.AbsoluteExpiryTime);
        Assert.Equal(new AmqpTimestamp(2_000), properties.CreationTime);
        Assert.Equal([1, 2], properties.UserId.ToArray());
        Assert.True(message.TryGetData(out ReadOnlySpan<byte> data));
        Assert.Equal("body"u8.ToArray(), data.ToArray());
        Assert.True(message.ApplicationProperties.TryGet("final"u8, out AmqpReader final));
        Assert.True(final.ReadBoolean());
        Assert.False(message.ApplicationProperties.TryGet("absent"u8, out _));
        Assert.True(message.MessageAnnotations.TryGet("x-opt-n"u8, out AmqpReader number));
        Assert.Equal(5, number.ReadLong());
        Assert.Equal(encoded, message.Message.ToArray());
    }

    [Fact]
    [Spec("AMQP-3.2-a")]
    public void The_bare_message_is_cut_out_between_annotations_and_footer()
    {
        AmqpMessage full = Full();
        byte[] encoded = full.Encode();
        full.Header = null;
        full.DeliveryAnnotations = null;
        full.MessageAnnotations = null;
        full.Footer = null;

        Assert.Equal(full.Encode(), new MessageReader(encoded).BareMessage.ToArray());
    }

    [Fact]
    public void A_message_without_anything_but_a_body_has_defaults()
    {
        var message = new MessageReader(AmqpMessage.FromValue("x").Encode());

        Assert.False(message.HasHeader);
        Assert.Equal(4, message.ReadHeader().Priority);
        Assert.Null(message.ReadHeader().TtlMs);
        Assert.Null(message.Properties.MessageId);
        Assert.Equal(0, message.ApplicationProperties.Remaining);
        Assert.False(message.TryGetData(out _));
        Assert.True(message.TryGetValue(out AmqpReader value));
        Assert.Equal("x", value.ReadString());
    }

    [Fact]
    public void Several_data_sections_and_sequences_keep_their_order()
    {
        AmqpMessage data = AmqpMessage.Decode(AmqpMessage.FromData("a"u8.ToArray(), "bc"u8.ToArray()).Encode());
        AmqpMessage sequences = AmqpMessage.Decode(AmqpMessage.FromSequence([1, "x"], [null]).Encode());

        Assert.Equal("abc"u8.ToArray(), data.Data.ToArray());
        Assert.Equal(2, new MessageReader(data.Encode()).BodySectionCount);
        Assert.Equal([1, "x"], sequences.Sequences[0]);
        Assert.Equal(BodyKind.Sequence, sequences.BodyKind);
    }

    [Fact]
    public void The_values_of_all_sections_have_one_bound()
    {
        // Ten values in each sequence, three in each map.
        AmqpMessage message = AmqpMessage.FromSequence(new object?[9], new object?[9], new object?[9]);
        message.DeliveryAnnotations = new AmqpMap { { (Symbol)"a", 1 } };
        message.MessageAnnotations = new AmqpMap { { (Symbol)"b", 1 } };
        message.ApplicationProperties = new AmqpMap { { "c", 1 } };
        message.Footer = new AmqpMap { { (Symbol)"d", 1 } };
        byte[] encoded = message.Encode();

        Assert.Equal(3, AmqpMessage.Decode(encoded, new DecodeLimits(MaxValues: 42)).Sequences.Count);
        Assert.Throws<AmqpViolationException>(() => AmqpMessage.Decode(encoded, new DecodeLimits(MaxValues: 41)));
    }

    [Fact]
    public void Elements_without_bytes_do_not_make_a_message_large()
    {
        byte[] section = Wire.Hex("00 53 76 c0 0b 01 f0 00 00 00 05 00 00 3f fd 45"); // 16,381 lists of nothing
        byte[] message = Wire.Join([.. Enumerable.Repeat(section, 4_090)]);
        Assert.Throws<AmqpViolationException>(() => AmqpMessage.Decode(section));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<AmqpViolationException>(() => AmqpMessage.Decode(message));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(70_000)]
    public void Data_of_any_length_is_written_whole(int length)
    {
        byte[] data = RandomValues.Bytes(new Random(length), length);
        var message = new MessageReader(AmqpMessage.FromData(data).Encode());

        Assert.True(message.TryGetData(out ReadOnlySpan<byte> read));
        Assert.True(read.SequenceEqual(data));
    }

    [Fact]
    public void Identifiers_of_every_type_have_a_text()
    {
        Assert.Equal("18446744073709551615", IdText(ulong.MaxValue));
        Assert.Equal("0a0b", IdText(new byte[] { 10, 11 }));
        Assert.Equal("00112233-4455-6677-8899-aabbccddeeff", IdText(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")));
        Assert.Equal("é", IdText("é"));
    }

    [Fact]
    public void Entries_are_written_one_by_one_into_a_map()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        CompoundScope map = writer.BeginMap(SectionKind.MessageAnnotations);
        writer.Entry((Symbol)"a", 300L);
        writer.Entry((Symbol)"b", new AmqpTimestamp(5));
        writer.Entry((Symbol)"c", "text");
        writer.EndMap(map);
        writer.WriteData("x"u8);
        writer.Dispose();

        AmqpMap annotations = AmqpMessage.Decode(output.WrittenSpan).MessageAnnotations!;

        Assert.Equal(300L, annotations[(Symbol)"a"]);
        Assert.Equal(new AmqpTimestamp(5), annotations[(Symbol)"b"]);
        Assert.Equal("text", annotations[(Symbol)"c"]);
    }

    [Theory]
    [Spec("AMQP-3.2-b")]
    [InlineData("properties before header", "00537345 00537045")]
    [InlineData("two headers", "00537045 00537045")]
    [InlineData("two values", "00537740 00537740")]
    [InlineData("data then value", "005375a000 00537740")]
    [InlineData("body then properties", "00537740 00537345")]
    [InlineData("footer then body", "005378c10100 00537740")]
    [InlineData("a section of an unknown kind", "00537945")]
    [InlineData("no section at all", "40")]
    [InlineData("header that is a map", "005370c10100")]
    [InlineData("data that is a string", "005375a10161")]
    [InlineData("application properties that are a list", "00537445")]
    [InlineData("section cut short", "005375a005aa")]
    [InlineData("annotations with an odd count", "005372c1020140")]
    [InlineData("message-id of a boolean", "005373c0020141")]
    public void A_malformed_message_is_a_decode_error(string name, string hex)
    {
        var violation = Assert.Throws<AmqpViolationException>(() => Touch(Wire.Hex(hex)));

        Assert.Equal("amqp:decode-error", violation.Condition.Value);
        Assert.NotEmpty(name);
    }

    [Fact]
    public void Random_messages_survive_the_round_trip() =>
        Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            AmqpMessage message = random.Next(3) switch
            {
                0 => AmqpMessage.FromData(RandomValues.Bytes(random, random.Next(600))),
                1 => AmqpMessage.FromValue(RandomValues.Next(random)),
                _ => AmqpMessage.FromSequence([RandomValues.Next(random), RandomValues.Next(random)]),
            };
            if (random.Next(2) == 0)
                message.ApplicationProperties = new AmqpMap { { "k", RandomValues.Next(random, 0) }, { "l", 4 } };
            if (random.Next(2) == 0)
                message.Properties = new MessageProperties { To = "d", GroupSequence = (uint)random.Next() };
            byte[] encoded = message.Encode();
            return AmqpMessage.Decode(encoded).Encode().AsSpan().SequenceEqual(encoded);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(23, 29));

    internal static void Touch(ReadOnlySpan<byte> bytes)
    {
        var message = new MessageReader(bytes);
        message.ReadHeader();
        PropertiesReader properties = message.Properties;
        _ = properties.ToProperties();
        Walk(message.MessageAnnotations);
        Walk(message.DeliveryAnnotations);
        Walk(message.ApplicationProperties);
        Walk(message.Footer);
        message.TryGetData(out _);
        AmqpMessage.Decode(bytes);
    }

    internal static AmqpMessage Full()
    {
        AmqpMessage message = AmqpMessage.FromData(Encoding.UTF8.GetBytes("body"));
        message.Header = new MessageHeader { Durable = true, Priority = 9, TtlMs = 60_000, FirstAcquirer = true, DeliveryCount = 2 };
        message.DeliveryAnnotations = new AmqpMap { { (Symbol)"x-da", 1 } };
        message.MessageAnnotations = new AmqpMap { { (Symbol)"x-opt-n", 5L } };
        message.Properties = new MessageProperties
        {
            MessageId = "id-1",
            UserId = new byte[] { 1, 2 },
            To = "to",
            Subject = "subject",
            ReplyTo = "reply",
            CorrelationId = 7ul,
            ContentType = "application/json",
            ContentEncoding = "utf-8",
            AbsoluteExpiryTime = new AmqpTimestamp(1_000),
            CreationTime = new AmqpTimestamp(2_000),
            GroupId = "g",
            GroupSequence = 3,
            ReplyToGroupId = "rg",
        };
        message.ApplicationProperties = new AmqpMap { { "final", true }, { "n", 1.5 } };
        message.Footer = new AmqpMap { { (Symbol)"x-crc", 9u } };
        return message;
    }

    private static void Walk(MapReader map)
    {
        while (map.Next())
        {
            _ = map.KeyText.Length;
            map.Value.ReadRaw();
        }
    }

    private static string? IdText(object id)
    {
        AmqpMessage message = AmqpMessage.FromValue(null);
        message.Properties = new MessageProperties { MessageId = id };
        return new MessageReader(message.Encode()).Properties.MessageIdText;
    }
}
