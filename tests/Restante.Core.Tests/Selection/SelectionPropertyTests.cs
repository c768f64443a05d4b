using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Restante.Core.Devices;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Selection;

namespace Restante.Core.Tests.Selection;

public class SelectionPropertyTests
{
    private const int Seed = 20_261_125;

    private static readonly DeviceId s_id = DeviceId.Parse("truck-17");

    [Fact]
    public void A_query_means_what_the_plain_evaluation_says()
    {
        for (int i = 0; i < 3_000; i++)
        {
            var random = new Random(Seed + i);
            NaiveCondition condition = NaiveCondition.Make(random, random.Next(4), arithmetic: false);
            Dictionary<string, object?> values = NaiveCondition.Values(random);
            Result<AudienceQuery> query = AudienceQuery.Parse(condition.Text);
            Assert.True(query.IsSuccess, $"{i}: {condition.Text}: {query.Refusal?.Message}");
            bool matches = query.Value.Matches(s_id, DeviceFacts.Of(JsonSerializer.Serialize(values), []));
            Assert.True(matches == (condition.Value(values) is true), $"{i}: {condition.Text} of {JsonSerializer.Serialize(values)}");
        }
    }

    [Fact]
    public void A_selector_means_what_the_plain_evaluation_says()
    {
        for (int i = 0; i < 3_000; i++)
        {
            var random = new Random(Seed + i);
            NaiveCondition condition = NaiveCondition.Make(random, random.Next(4), arithmetic: true);
            Dictionary<string, object?> values = NaiveCondition.Values(random);
            Result<MessageSelector> selector = MessageSelector.Parse(condition.Text);
            Assert.True(selector.IsSuccess, $"{i}: {condition.Text}: {selector.Refusal?.Message}");
            bool matches = selector.Value.Matches(MessageKind.Command, Content(values));
            Assert.True(matches == (condition.Value(values) is true), $"{i}: {condition.Text} of {JsonSerializer.Serialize(values)}");
        }
    }

    [Fact]
    public void A_pattern_means_what_trying_everything_says()
    {
        for (int i = 0; i < 20_000; i++)
        {
            var random = new Random(Seed + i);
            string text = Letters(random, "ab", 8);
            string pattern = Letters(random, "ab%_", 8);
            bool matches = LikePattern.TryParse(pattern, null, star: false)!.Matches(text);
            Assert.True(matches == NaiveCondition.Like(text, pattern), $"'{text}' like '{pattern}'");
        }
    }

    /// <summary>Texts and patterns of several hundred characters, some of them of two places, the patterns made of the texts.</summary>
    [Fact]
    public void A_long_pattern_means_what_place_by_place_says()
    {
        string[] few = ["a", "b", "\u00e9", "\U0001F69A"];
        string[] many = [.. Enumerable.Range(0, 700).Select(i => char.ConvertFromUtf32(i < 350 ? 'a' + i : 0x1F000 + i))];
        for (int i = 0; i < 4_000; i++)
        {
            var random = new Random(Seed + i);
            string[] letters = i < 3_000 ? few : many;
            string[] text = [.. Enumerable.Range(0, random.Next(300)).Select(_ => letters[random.Next(letters.Length)])];
            List<string> pattern = PatternOf(text, letters, random);
            bool matches = LikePattern.TryParse(string.Concat(pattern), null, star: false)!.Matches(string.Concat(text));
            Assert.True(matches == PlaceByPlace(text, pattern), $"{i}: '{string.Concat(text)}' like '{string.Concat(pattern)}'");
        }
    }

    /// <summary>A pattern keeps about as much as its text has, whatever characters it names.</summary>
    [Fact]
    public void A_pattern_of_many_characters_takes_no_more_memory_than_its_text()
    {
        string characters = string.Concat(Enumerable.Range(0, 2_030).Select(i => (char)(0x4E00 + i)));
        Assert.True(MessageSelector.Parse($"x like '{characters}'").IsSuccess);
        long before = GC.GetAllocatedBytesForCurrentThread();
        LikePattern pattern = LikePattern.TryParse(characters, null, star: false)!;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
        Assert.True(pattern.Matches(characters));
        Assert.False(pattern.Matches(characters[..^1] + characters[0]));
    }

    [Fact]
    public void A_pattern_that_nearly_matches_everywhere_ends_in_time()
    {
        LikePattern pattern = LikePattern.TryParse(string.Concat(Enumerable.Repeat("%a", 1_000)) + "b", null, star: false)!;
        Assert.False(pattern.Matches(new string('a', 4_096)));
    }

    /// <summary>
    /// Texts made of pieces of the languages, and of damaged ones: what comes back is a condition or a refusal with a place in the text.
    /// </summary>
    [Fact]
    public void Whatever_the_text_it_is_read_or_refused()
    {
        string[] pieces =
        [
            "id", "tags.", "tags.a", "groups", "has", "in", "(", ")", "'a'", "'", "\"", "\"x\"", "not", "and", "or", "like", "escape", "is", "null", "true",
            "=", "<>", "<=", "<", "!", "-", "+", "*", "/", ".", ",", "5", "5.5", "1e9", "1e", "9999999999999999999", "between", "message-id", "kind",
            "properties.", "\U0001F69A", "\uD800", "\0", "\n", "é", "$", "_", "'a%'", "#", ";", "a-b",
        ];
        int read = 0;
        byte[] content = new MessageContent { Subject = "a", Properties = [new("a", "5")] }.Encode();
        DeviceFacts facts = DeviceFacts.Of("""{"a":[1,"x"],"b":{"c":null}}""", ["a"]);
        for (int i = 0; i < 30_000; i++)
        {
            var random = new Random(Seed + i);
            string text = i % 2 == 0
                ? string.Join(random.Next(4) == 0 ? "" : " ", Enumerable.Range(0, random.Next(14)).Select(_ => pieces[random.Next(pieces.Length)]))
                : Damage(NaiveCondition.Make(random, random.Next(3), random.Next(2) == 0).Text, random);
            Result<AudienceQuery> query = AudienceQuery.Parse(text);
            Result<MessageSelector> selector = MessageSelector.Parse(text);
            Check(text, query.Refusal, "audience");
            Check(text, selector.Refusal, "selector");
            query.Value?.Matches(s_id, facts);
            selector.Value?.Matches(MessageKind.Answer, content);
            read += query.IsSuccess ? 1 : 0;
        }

        Assert.InRange(read, 500, 29_000);
    }

    // Mostly as the text, with runs, characters for any one, and now and then one that is wrong.
    private static List<string> PatternOf(string[] text, string[] letters, Random random)
    {
        List<string> pattern = [];
        for (int at = 0; at < text.Length; at++)
        {
            switch (random.Next(60))
            {
                case 0:
                    pattern.Add("%");
                    at += random.Next(30);
                    break;
                case 1:
                    pattern.Add("_");
                    break;
                case 2 when random.Next(8) == 0:
                    pattern.Add(letters[random.Next(letters.Length)]);
                    break;
                default:
                    pattern.Add(text[at]);
                    break;
            }
        }

        return pattern;
    }

    private static bool PlaceByPlace(string[] text, List<string> pattern)
    {
        var fits = new bool[text.Length + 1, pattern.Count + 1];
        fits[0, 0] = true;
        for (int part = 1; part <= pattern.Count; part++)
        {
            for (int at = 0; at <= text.Length; at++)
            {
                fits[at, part] = pattern[part - 1] == "%"
                    ? fits[at, part - 1] || (at > 0 && fits[at - 1, part])
                    : at > 0 && fits[at - 1, part - 1] && (pattern[part - 1] == "_" || pattern[part - 1] == text[at - 1]);
            }
        }

        return fits[text.Length, pattern.Count];
    }

    private static void Check(string text, Refusal? refusal, string subject)
    {
        if (refusal is null)
            return;
        Assert.Equal(RefusalKind.Malformed, refusal.Kind);
        string start = $"The {subject} cannot be read at character ";
        Assert.StartsWith(start, refusal.Message, StringComparison.Ordinal);
        string place = refusal.Message[start.Length..refusal.Message.IndexOf(':', StringComparison.Ordinal)];
        Assert.InRange(int.Parse(place, CultureInfo.InvariantCulture), 1, text.Length + 1);
    }

    private static string Damage(string text, Random random)
    {
        for (int i = random.Next(3); i >= 0 && text.Length > 0; i--)
        {
            int at = random.Next(text.Length);
            text = random.Next(3) switch
            {
                0 => text.Remove(at, 1),
                1 => text.Insert(at, ((char)random.Next(32, 127)).ToString()),
                _ => text[..at] + (char)random.Next(0x10000) + text[(at + 1)..],
            };
        }

        return text;
    }

    private static string Letters(Random random, string among, int max) =>
        string.Concat(Enumerable.Range(0, random.Next(max)).Select(_ => among[random.Next(among.Length)]));

    private static byte[] Content(Dictionary<string, object?> values)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ContentWriter(output, BodyKind.Binary);
        foreach ((string name, object? value) in values)
        {
            switch (value)
            {
                case long whole:
                    writer.Property(name, ValueKind.Long, BitConverter.GetBytes(whole));
                    break;
                case double number:
                    writer.Property(name, ValueKind.Double, BitConverter.GetBytes(number));
                    break;
                case bool truth:
                    writer.Property(name, ValueKind.Boolean, [truth ? (byte)1 : (byte)0]);
                    break;
                default:
                    writer.Property(name, (string)value!);
                    break;
            }
        }

        writer.Body([]);
        return output.WrittenSpan.ToArray();
    }
}
