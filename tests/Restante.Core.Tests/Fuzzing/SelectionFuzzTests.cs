using System.Globalization;
using System.Text;
using Restante.Core.Devices;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Tests.Selection;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Core.Tests.Fuzzing;

/// <summary>
/// Queries and selectors out of the grammar and then broken: a condition or a refusal with a place in the text, and a condition can be
/// evaluated on whatever a device or a message is.
/// </summary>
public sealed class SelectionFuzzTests
{
    private static readonly DeviceId s_id = DeviceId.Parse("truck-17");

    private static readonly string[] s_words =
    [
        " and ", " or ", " not ", " in ('a', 2)", " like '%'", " like 'a!%' escape '!'", " is null", " is not null", " between 1 and 2",
        " has 'a'",
        "(", ")", "'", "\"", "''", ".", ",", "-", "+", "*", "/", "=", "<>", "<=", "!", "--", "/*", "tags.a", "tags.\"a b\"", "groups",
        "id", "kind",
        "message-id", "properties.a", "1e308", "1e999", "9223372036854775807", "-9223372036854775808", "0.1", ".5", "5.", "0x1", "true",
        "null",
        "\0", "\n", "\ud800", "\udc00", "\U0001F69A", "é", "\u00a0",
    ];

    private static readonly string[] s_tags =
    [
        "{}", """{"a":1}""", """{"a":1e999,"b":-0.0}""", """{"a":["x",1,null],"b":{"a":"x"}}""", """{"a":null,"a b":"x"}""",
        """{"a":"\u0000é","b":true}""",
    ];

    [Fact]
    public void Queries_are_read_or_refused_and_can_be_evaluated() => FuzzRounds.Run(
        FuzzRounds.Of(4_000), r => Text(r, arithmetic: false), text =>
    {
        Result<AudienceQuery> query = AudienceQuery.Parse(text);
        Check(text, query.Refusal, "audience");
        if (!query.IsSuccess)
            return;
        foreach (string tags in s_tags)
            query.Value.Matches(s_id, DeviceFacts.Of(tags, ["a", "b"]));
        Assert.True(AudienceQuery.Parse(query.Value.Text).IsSuccess);
        Assert.All(query.Value.Groups, g => Assert.Contains(g.Replace("'", "''", StringComparison.Ordinal), text,
            StringComparison.Ordinal));
    });

    [Fact]
    public void Selectors_are_read_or_refused_and_can_be_evaluated() => FuzzRounds.Run(
        FuzzRounds.Of(4_000),
        r => (Text: Text(r, arithmetic: true), Content: ContentFields.Make(r).Write(), Kind: (MessageKind)r.Next(4)),
        input =>
        {
            Result<MessageSelector> selector = MessageSelector.Parse(input.Text);
            Check(input.Text, selector.Refusal, "selector");
            if (selector.IsSuccess)
                selector.Value.Matches(input.Kind, input.Content);
        });

    // What is nested, repeated or long, beside what is only broken.
    private static string Text(Random random, bool arithmetic)
    {
        NaiveCondition condition = NaiveCondition.Make(random, random.Next(4), arithmetic);
        string text = Damage.Text(random, condition.Text, s_words);
        return random.Next(16) switch
        {
            0 => Repeat(random, "(") + text + Repeat(random, ")"),
            1 => Repeat(random, "not ") + text,
            2 => Repeat(random, text + s_words[random.Next(2)]) + "true",
            3 => "a = " + Repeat(random, random.Next(2) == 0 ? "- " : "1+") + "1",
            4 => $"{condition.Text} and a like '{Repeat(random, "%a_")}'",
            5 => Encoding.Latin1.GetString(Damage.Noise(random, random.Next(60))),
            _ => text,
        };
    }

    private static string Repeat(Random random, string piece) =>
        string.Concat(Enumerable.Repeat(piece, random.Next(random.Next(2) == 0 ? 5 : 1 + (2_200 / (piece.Length + 1)))));

    private static void Check(string text, Refusal? refusal, string subject)
    {
        if (refusal is null)
        {
            Assert.InRange(text.Length, 0, SelectionLimits.MaxLength);
            return;
        }

        Assert.Equal(RefusalKind.Malformed, refusal.Kind);
        string start = $"The {subject} cannot be read at character ";
        Assert.StartsWith(start, refusal.Message, StringComparison.Ordinal);
        string place = refusal.Message[start.Length..refusal.Message.IndexOf(':', StringComparison.Ordinal)];
        Assert.InRange(int.Parse(place, CultureInfo.InvariantCulture), 1, text.Length + 1);
    }
}
