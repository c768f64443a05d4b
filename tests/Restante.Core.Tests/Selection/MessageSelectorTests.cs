using System.Buffers;
using System.Buffers.Binary;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Selection;

namespace Restante.Core.Tests.Selection;

public class MessageSelectorTests
{
    private static readonly byte[] s_content = Content();

    [Theory]
    [InlineData("", true)]
    [InlineData("  ", true)]
    [InlineData("true", true)]
    [InlineData("kind = 'notification'", true)]
    [InlineData("kind in ('command', 'answer')", false)]
    [InlineData("subject = 'air'", true)]
    [InlineData("JMSType = 'air'", true)]
    [InlineData("message-id = 'm-1' and JMSMessageID = 'm-1'", true)]
    [InlineData("\"message-id\" = 'm-1'", true)]
    [InlineData("correlation-id is null", true)]
    [InlineData("content-type like 'text/%'", true)]
    [InlineData("creation-time > 1000 and JMSTimestamp = 1700000000000", true)]
    [InlineData("city = 'Oslo'", true)]
    [InlineData("properties.city = 'Oslo'", true)]
    [InlineData("properties.subject = 'of the application'", true)]
    [InlineData("\"air-quality\" = 2", true)]
    [InlineData("a.b = 'dotted'", true)]
    [InlineData("a.\"b\" = 'dotted'", true)]
    [InlineData("level + 1 = 3 and level - 1 = 1", true)]
    [InlineData("level-1 = 1", true)]
    [InlineData("level * 3 / 2 = 3", true)]
    [InlineData("7 / 2 = 3 and 7.0 / 2 = 3.5", true)]
    [InlineData("2 + 3 * 4 = 14 and (2 + 3) * 4 = 20", true)]
    [InlineData("10 - 3 - 2 = 5 and 100 / 5 / 2 = 10", true)]
    [InlineData("-level = -2 and +level = 2 and - - level = 2", true)]
    [InlineData("level = -(-2)", true)]
    [InlineData("1 / 0 is null", true)]
    [InlineData("1 / 0 = 1 or true", true)]
    [InlineData("1.0 / 0 > 1e300", true)]
    [InlineData("city + 1 is null", true)]
    [InlineData("missing + 1 is null", true)]
    [InlineData("9223372036854775807 + 1 = 9223372036854775808", true)]
    [InlineData("-9223372036854775808 = -9223372036854775807 - 1", true)]
    [InlineData("-9223372036854775808 - 1 < -9E18", true)]
    [InlineData("- -9223372036854775808 > 0", true)]
    [InlineData("-9223372036854775808 / -1 > 0", true)]
    [InlineData("level between 1 + 0 and 1 * 2", true)]
    [InlineData("urgent", true)]
    [InlineData("urgent = TRUE and not urgent = FALSE", true)]
    [InlineData("city", false)]
    [InlineData("not city", false)]
    [InlineData("ratio > 0.24 and ratio < 0.26", true)]
    [InlineData("huge > 9223372036854775807", true)]
    [InlineData("small = -5", true)]
    [InlineData("letter = 'ø'", true)]
    [InlineData("id = '00112233-4455-6677-8899-aabbccddeeff'", true)]
    [InlineData("symbol = 'sym'", true)]
    [InlineData("bytes is not null and not bytes = 'x'", true)]
    [InlineData("nothing is null", true)]
    [InlineData("long is null", true)]
    [InlineData("city like 'O%' and city like '_sl_' and city not like '%x'", true)]
    [InlineData("star like '*'", false)]
    [InlineData("percent like '50!%' escape '!'", true)]
    [InlineData("City = 'Oslo'", false)]
    [InlineData("missing = 1", false)]
    [InlineData("not (missing = 1)", false)]
    [InlineData("missing is null or missing = 1", true)]
    [InlineData("level = '2'", false)]
    [InlineData("city IN ('Oslo') AND level BETWEEN 1 AND 2 OR FALSE", true)]
    public void A_selector_says_which_messages_are_taken(string text, bool expected)
    {
        Result<MessageSelector> selector = MessageSelector.Parse(text);
        Assert.True(selector.IsSuccess, selector.Refusal?.Message);
        Assert.Equal(expected, selector.Value.Matches(MessageKind.Notification, s_content));
    }

    [Theory]
    [InlineData("city =", 7, "a condition: a name, a value, 'not' or '('")]
    [InlineData("city = 'Oslo' level", 15, "'and', 'or' or the end, found 'level'")]
    [InlineData("level + 'a' = 1", 9, "a number or a name")]
    [InlineData("level + (a = 1) = 1", 9, "a number or a name")]
    [InlineData("(a = 1) + 1", 9, "'and', 'or' or the end, found '+'")]
    [InlineData("'a' + 1 = 2", 5, "a comparison")]
    [InlineData("level + 1", 10, "a comparison")]
    [InlineData("-'a' = 1", 2, "a number or a name")]
    [InlineData("groups has 'a'", 8, "'and', 'or' or the end, found 'has'")]
    [InlineData("a..b = 1", 3, "a name after the dot")]
    [InlineData("between = 1", 1, "a condition")]
    [InlineData("a = 1;", 6, "a name, a value or an operator")]
    [InlineData("a = #", 5, "a name, a value or an operator")]
    [InlineData("/ 2", 1, "a condition")]
    [InlineData("a = 1 and (b = 2", 17, "a closing parenthesis")]
    public void A_selector_that_cannot_be_read_is_refused_at_the_character(string text, int position, string expected)
    {
        Refusal? refusal = MessageSelector.Parse(text).Refusal;
        Assert.NotNull(refusal);
        Assert.Equal(RefusalKind.Malformed, refusal.Kind);
        Assert.StartsWith($"The selector cannot be read at character {position}: expected {expected}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arithmetic_counts_among_the_64_terms()
    {
        static string Ones(int count) => string.Join('+', Enumerable.Repeat("1", count));
        Assert.True(MessageSelector.Parse($"{Ones(64)} = 64").IsSuccess); // 63 additions and a comparison.
        Assert.False(MessageSelector.Parse($"{Ones(65)} = 65").IsSuccess);
    }

    [Fact]
    public void A_text_of_more_than_4096_bytes_is_as_good_as_none()
    {
        MessageSelector selector = MessageSelector.Parse("text is null").Value!;
        Assert.False(selector.Matches(MessageKind.Command, With(new string('x', 4_096))));
        Assert.True(selector.Matches(MessageKind.Command, With(new string('x', 4_097))));

        static byte[] With(string text) => new MessageContent { Properties = [new("text", text)] }.Encode();
    }

    [Fact]
    public void Of_several_properties_with_one_name_the_first_counts()
    {
        byte[] content = new MessageContent { Properties = [new("city", "Oslo"), new("city", "Bergen")] }.Encode();
        Assert.True(MessageSelector.Parse("city = 'Oslo'").Value!.Matches(MessageKind.Command, content));
        Assert.False(MessageSelector.Parse("city = 'Bergen'").Value!.Matches(MessageKind.Command, content));
    }

    private static byte[] Content()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ContentWriter(output, BodyKind.Text);
        writer.Text(ContentField.MessageId, "m-1");
        writer.Text(ContentField.Subject, "air");
        writer.Text(ContentField.ContentType, "text/plain");
        writer.Timestamp(ContentField.CreationTime, 1_700_000_000_000);
        writer.Property("city", "Oslo");
        writer.Property("subject", "of the application");
        writer.Property("a.b", "dotted");
        writer.Property("star", "x");
        writer.Property("percent", "50%");
        writer.Property("long", new string('x', 5_000));
        writer.Property("level", ValueKind.Int, Bytes(2, 4));
        writer.Property("air-quality", ValueKind.UShort, Bytes(2, 2));
        writer.Property("huge", ValueKind.ULong, Bytes(-1, 8));
        writer.Property("small", ValueKind.SByte, Bytes(-5, 1));
        writer.Property("urgent", ValueKind.Boolean, [1]);
        writer.Property("letter", ValueKind.Char, Bytes('ø', 4));
        writer.Property("ratio", ValueKind.Float, Bytes(BitConverter.SingleToInt32Bits(0.25f), 4));
        writer.Property("id", ValueKind.Uuid, Convert.FromHexString("00112233445566778899AABBCCDDEEFF"));
        writer.Property("symbol", ValueKind.Symbol, "sym"u8);
        writer.Property("bytes", ValueKind.Binary, [1, 2]);
        writer.Property("nothing", ValueKind.Null, []);
        writer.Body("text"u8);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(long number, int width)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes[..width];
    }
}
