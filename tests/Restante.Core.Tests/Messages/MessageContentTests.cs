using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Restante.Core.Messages;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Messages;

public class MessageContentTests
{
    private static Gen<string> Words { get; } = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => Whole(s.Get));

    private static Gen<string?> MaybeWords { get; } = Gen.OneOf(Gen.Constant<string?>(null), Words.Select(s => (string?)s));

    private static Gen<MessageContent> Contents { get; } =
        from kind in Gen.Elements(Enum.GetValues<BodyKind>())
        from body in ArbMap.Default.GeneratorFor<byte[]>()
        from texts in Gen.ArrayOf(MaybeWords, 6)
        from created in ArbMap.Default.GeneratorFor<long?>()
        from names in Gen.ListOf(Words)
        from value in Words
        select new MessageContent
        {
            BodyKind = kind,
            Body = body,
            MessageId = texts[0],
            CorrelationId = texts[1],
            Subject = texts[2],
            ReplyTo = texts[3],
            ContentType = texts[4],
            ContentEncoding = texts[5],
            CreationTimeMs = created,
            Properties = [.. names.Select((n, i) => KeyValuePair.Create(n, value + i))],
        };

    [Fact]
    public void Content_survives_its_encoding() => Prop.ForAll(Contents.ToArbitrary(), content =>
    {
        MessageContent back = MessageContent.Decode(content.Encode());
        return back.Body.Span.SequenceEqual(content.Body.Span)
            && back.Properties.SequenceEqual(content.Properties)
            && back with { Body = default, Properties = [] } == content with { Body = default, Properties = [] };
    }).Hold();

    [Fact]
    public void Content_cut_at_any_byte_of_its_fields_is_invalid_data_and_nothing_else() => Prop.ForAll(Contents.ToArbitrary(), content =>
    {
        byte[] bytes = content.Encode();
        int fields = bytes.Length - content.Body.Length;
        for (int length = 0; length < fields; length++)
        {
            ReadOnlyMemory<byte> cut = bytes.AsMemory(0, length);
            Assert.Throws<InvalidDataException>(() => MessageContent.Decode(cut));
            Assert.Throws<InvalidDataException>(() => ContentReader.BodyOf(cut.Span).Length);
        }

        return true;
    }).Hold();

    [Fact]
    public void Damaged_content_is_invalid_data_or_other_content_and_nothing_else()
    {
        byte[] bytes = Everything();
        for (int at = 0; at < bytes.Length; at++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] damaged = [.. bytes];
                damaged[at] = (byte)value;
                try
                {
                    MessageContent.Decode(damaged);
                }
                catch (InvalidDataException)
                {
                    // As it should.
                }
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 0 })]
    [InlineData(new byte[] { 0, 0, 0 })]
    [InlineData(new byte[] { 2, 0, 0 })]
    [InlineData(new byte[] { 1, 4, 0 })]
    [InlineData(new byte[] { 1, 0, 1, 16, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(new byte[] { 1, 0, 1, 16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData(new byte[] { 1, 0, 1, 16, 0x80, 0x80, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 1, 0, 1, 21, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 1, 1, 2, 0, 0, 0 })]
    public void What_is_no_content_is_invalid_data(byte[] bytes) => Assert.Throws<InvalidDataException>(() => MessageContent.Decode(bytes));

    [Fact]
    public void The_form_is_version_1_and_stays_readable()
    {
        // Stores hold these bytes; a change of the form needs a new version, not a change of this test.
        byte[] stored =
        [
            1, 1,
            1, 16, 2, (byte)'m', (byte)'1',
            9, 13, 8, 0xE8, 3, 0, 0, 0, 0, 0, 0,
            13, 1, (byte)'k', 16, 1, (byte)'v',
            0,
            (byte)'b', (byte)'o', (byte)'d', (byte)'y',
        ];
        var content = new MessageContent
        {
            BodyKind = BodyKind.Text,
            MessageId = "m1",
            CreationTimeMs = 1_000,
            Properties = [new("k", "v")],
            Body = "body"u8.ToArray(),
        };
        Assert.Equal(stored, content.Encode());
        Assert.Equal("m1", MessageContent.Decode(stored).MessageId);
    }

    [Fact]
    public void A_later_field_is_passed_over()
    {
        byte[] later = [1, 0, 99, 16, 1, (byte)'x', 1, 16, 1, (byte)'m', 0, 7];
        MessageContent content = MessageContent.Decode(later);
        Assert.Equal("m", content.MessageId);
        Assert.Equal(new byte[] { 7 }, content.Body.ToArray());
    }

    [Theory]
    [InlineData(ValueKind.Null, "", "")]
    [InlineData(ValueKind.Boolean, "01", "true")]
    [InlineData(ValueKind.Boolean, "00", "false")]
    [InlineData(ValueKind.UByte, "FF", "255")]
    [InlineData(ValueKind.SByte, "FF", "-1")]
    [InlineData(ValueKind.UShort, "FFFF", "65535")]
    [InlineData(ValueKind.Short, "00FF", "-256")]
    [InlineData(ValueKind.UInt, "FFFFFFFF", "4294967295")]
    [InlineData(ValueKind.Int, "FEFFFFFF", "-2")]
    [InlineData(ValueKind.ULong, "FFFFFFFFFFFFFFFF", "18446744073709551615")]
    [InlineData(ValueKind.Long, "0000000000000080", "-9223372036854775808")]
    [InlineData(ValueKind.Float, "0000C03F", "1.5")]
    [InlineData(ValueKind.Double, "000000000000F83F", "1.5")]
    [InlineData(ValueKind.Char, "41000000", "A")]
    [InlineData(ValueKind.Char, "4BF60100", "🙋")]
    [InlineData(ValueKind.Char, "00D80000", "\uFFFD")]
    [InlineData(ValueKind.Char, "FFFFFFFF", "\uFFFD")]
    [InlineData(ValueKind.Timestamp, "E803000000000000", "1000")]
    [InlineData(ValueKind.Uuid, "00112233445566778899AABBCCDDEEFF", "00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData(ValueKind.Binary, "0102", "AQI=")]
    [InlineData(ValueKind.String, "C3A9", "é")]
    [InlineData(ValueKind.String, "FF", "\uFFFD")]
    [InlineData(ValueKind.Symbol, "6162", "ab")]
    [InlineData(ValueKind.Decimal32, "00000000", "AAAAAA==")]
    public void A_value_has_a_text_for_protocols_without_types(ValueKind kind, string hex, string text)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ContentWriter(output, BodyKind.Binary);
        writer.Property("p", kind, Convert.FromHexString(hex));
        writer.Property("q"u8, kind, Convert.FromHexString(hex));
        writer.Raw(ContentField.CorrelationId, kind, Convert.FromHexString(hex));
        writer.Body([]);
        MessageContent content = MessageContent.Decode(output.WrittenMemory);
        Assert.Equal([new("p", text), new("q", text)], content.Properties);
        Assert.Equal(text, content.CorrelationId);
        var reader = new ContentReader(output.WrittenSpan);
        Assert.True(reader.Read());
        Assert.Equal(kind, reader.Value.Kind);
        Assert.Equal(hex, Convert.ToHexString(reader.Value.Bytes));
    }

    [Theory]
    [InlineData(ValueKind.Null, 1)]
    [InlineData(ValueKind.Boolean, 0)]
    [InlineData(ValueKind.Int, 8)]
    [InlineData(ValueKind.Uuid, 15)]
    [InlineData(ValueKind.Decimal128, 8)]
    public void A_value_that_does_not_fit_its_kind_is_not_written(ValueKind kind, int length)
    {
        Assert.Throws<ArgumentException>(() => new ContentWriter(new ArrayBufferWriter<byte>(), BodyKind.Binary).Raw(ContentField.To, kind, new byte[length]));
        Assert.Throws<ArgumentException>(() => new ContentWriter(new ArrayBufferWriter<byte>(), BodyKind.Binary).Property("p", kind, new byte[length]));
        Assert.Throws<ArgumentException>(() => new ContentWriter(new ArrayBufferWriter<byte>(), BodyKind.Binary).Property("p"u8, kind, new byte[length]));
    }

    [Fact]
    public void The_body_is_a_slice_and_comes_after_the_fields()
    {
        byte[] bytes = new MessageContent { Subject = "s", Body = "abc"u8.ToArray() }.Encode();
        bytes[^1] = (byte)'z';
        Assert.Equal("abz", Encoding.UTF8.GetString(ContentReader.BodyOf(bytes)));
        Assert.Throws<InvalidOperationException>(() => new ContentReader(bytes).Body.Length);
        Assert.Equal(0, ContentReader.BodyOf(new MessageContent().Encode()).Length);
    }

    [Fact]
    public void Reading_goes_on_saying_that_the_fields_have_ended()
    {
        var reader = new ContentReader(new MessageContent { Body = new byte[] { 1, 16, 0 } }.Encode());
        Assert.False(reader.Read());
        Assert.False(reader.Read());
        Assert.Equal(3, reader.Body.Length);
    }

    [Fact]
    public void Long_values_keep_their_length()
    {
        foreach (int length in new[] { 127, 128, 16_383, 16_384, 2_097_151, 2_097_152 })
        {
            var content = new MessageContent { Subject = new string('s', length), Properties = [new(new string('n', length), "v")] };
            MessageContent back = MessageContent.Decode(content.Encode());
            Assert.Equal(length, back.Subject!.Length);
            Assert.Equal(length, back.Properties[0].Key.Length);
        }
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        byte[] bytes = Everything();
        int Walk()
        {
            var reader = new ContentReader(bytes);
            int sum = 0;
            while (reader.Read())
                sum += reader.Name.Length + reader.Value.Bytes.Length;
            return sum + reader.Body.Length;
        }

        Walk();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Walk();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static byte[] Everything()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ContentWriter(output, BodyKind.AmqpEncoded);
        for (ContentField field = ContentField.MessageId; field < ContentField.Property; field++)
            writer.Text(field, field.ToString());
        writer.Timestamp(ContentField.CreationTime, 1);
        foreach (ValueKind kind in Enum.GetValues<ValueKind>())
            writer.Property(kind.ToString(), kind, new byte[kind.Width() ?? 3]);
        writer.Body([1, 2, 3]);
        return output.WrittenSpan.ToArray();
    }

    // Text of half surrogate pairs has no UTF-8; it is replaced on the way, so leave it out here.
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
