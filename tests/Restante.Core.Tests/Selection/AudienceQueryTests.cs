using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Selection;

namespace Restante.Core.Tests.Selection;

public class AudienceQueryTests
{
    private const string Tags = """
        {"city":"Oslo","axles":3,"load":7.5,"cold":true,"old":false,"none":null,"air-quality":{"level":2,"unit":"pm10"},
         "has":["gps","lte",5],"big":9007199254740993,"O'Hara":"x","två ord":1}
        """;

    private static readonly DeviceId s_id = DeviceId.Parse("truck-17");
    private static readonly DeviceFacts s_facts = DeviceFacts.Of(Tags, ["buses", "night"]);

    [Theory]
    [InlineData("true", true)]
    [InlineData("FALSE", false)]
    [InlineData("id = 'truck-17'", true)]
    [InlineData("'truck-17' = id", true)]
    [InlineData("id = 'truck-18'", false)]
    [InlineData("id <> 'truck-18'", true)]
    [InlineData("id < 'truck-2'", true)]
    [InlineData("id >= 'truck-17' and id <= 'truck-17'", true)]
    [InlineData("id like 'truck-*'", true)]
    [InlineData("id like 'truck-%'", true)]
    [InlineData("id like 'truck-__'", true)]
    [InlineData("id like 'truck-_'", false)]
    [InlineData("id like '*'", true)]
    [InlineData("id like ''", false)]
    [InlineData("id like 'truck'", false)]
    [InlineData("id like '%truck-17%'", true)]
    [InlineData("id like '%u%1%'", true)]
    [InlineData("id like 'truck!-17' escape '!'", true)]
    [InlineData("id like 'truck!_17' escape '!'", false)]
    [InlineData("id not like 'bus-*'", true)]
    [InlineData("id in ('a', 'truck-17')", true)]
    [InlineData("id not in ('a','b')", true)]
    [InlineData("id in ('a')", false)]
    [InlineData("id between 'a' and 'z'", true)]
    [InlineData("tags.city = 'Oslo'", true)]
    [InlineData("tags.city = 'oslo'", false)]
    [InlineData("tags.city in ('Bergen', 'Oslo') and groups has 'buses'", true)]
    [InlineData("groups has 'bus'", false)]
    [InlineData("not groups has 'bus'", true)]
    [InlineData("NOT Groups_ = 1", null)]
    [InlineData("tags.axles = 3", true)]
    [InlineData("tags.axles = 3.0", true)]
    [InlineData("tags.axles > -1", true)]
    [InlineData("tags.axles between 2 and 3", true)]
    [InlineData("tags.axles not between 2 and 3", false)]
    [InlineData("tags.axles in (1, -2, 3)", true)]
    [InlineData("tags.load < 7.6", true)]
    [InlineData("tags.load >= .75e1", true)]
    [InlineData("tags.cold", true)]
    [InlineData("tags.old", false)]
    [InlineData("not tags.old", true)]
    [InlineData("tags.cold = true and tags.old <> true", true)]
    [InlineData("tags.cold > false", false)]
    [InlineData("tags.none is null", true)]
    [InlineData("tags.none is not null", false)]
    [InlineData("tags.missing is null", true)]
    [InlineData("tags.missing = 'x'", false)]
    [InlineData("not tags.missing = 'x'", false)]
    [InlineData("tags.missing <> 'x'", false)]
    [InlineData("tags.missing = 'x' or tags.city = 'Oslo'", true)]
    [InlineData("tags.missing in ('x') or not tags.missing in ('x')", false)]
    [InlineData("tags.missing like '%'", false)]
    [InlineData("tags.missing and false", false)]
    [InlineData("not (tags.missing and false)", true)]
    [InlineData("tags.missing has 'x' is null", null)]
    [InlineData("tags.city.name is null", true)]
    [InlineData("tags.air-quality.level = 2", true)]
    [InlineData("tags.air-quality.unit like 'pm%'", true)]
    [InlineData("tags.air-quality is not null and tags.air-quality <> 1", false)]
    [InlineData("tags.\"O'Hara\" = 'x'", true)]
    [InlineData("tags.\"två ord\" = 1", true)]
    [InlineData("tags.\"air-quality\".level = 2", true)]
    [InlineData("tags.has has 'gps'", true)]
    [InlineData("tags.has has '5'", false)]
    [InlineData("tags.city has 'Oslo'", false)]
    [InlineData("tags.big = 9007199254740993", true)]
    [InlineData("tags.big = 9007199254740992", false)]
    [InlineData("tags.axles = '3'", false)]
    [InlineData("tags.axles <> '3'", false)]
    [InlineData("tags.axles like '3'", false)]
    [InlineData("tags.city = 'Oslo' and tags.axles = 4 or id = 'truck-17'", true)]
    [InlineData("tags.city = 'Oslo' and (tags.axles = 4 or id = 'truck-18')", false)]
    [InlineData("not tags.axles = 4 and true", true)]
    [InlineData("not (tags.axles = 3 and true)", false)]
    [InlineData("not not tags.cold", true)]
    [InlineData("((((tags.cold))))", true)]
    [InlineData("  id='truck-17'\r\n\tand\ttrue ", true)]
    [InlineData("5 = 5", true)]
    [InlineData("(id) = ('truck-17')", true)]
    [InlineData("'it''s' = 'it''s'", true)]
    public void A_query_says_who_belongs_to_the_audience(string text, bool? expected)
    {
        Result<AudienceQuery> query = AudienceQuery.Parse(text);
        Assert.Equal(expected is not null, query.IsSuccess);
        if (expected is not null)
            Assert.Equal(expected, query.Value!.Matches(s_id, s_facts));
    }

    [Theory]
    [InlineData("", 1, "a condition: id, tags.NAME, groups, a value, 'not' or '(', found the end")]
    [InlineData("   ", 4, "a condition")]
    [InlineData("id", 3, "a comparison (=, <>, <, <=, >, >=, in, like, between, is null), found the end")]
    [InlineData("id = ", 6, "a condition")]
    [InlineData("id = 'a", 6, "the string that begins here to end with '")]
    [InlineData("id = \"a\"", 6, "id, tags.NAME or groups")]
    [InlineData("tags.city == 'Oslo'", 12, "a condition")]
    [InlineData("tags.city != 'Oslo'", 11, "a name, a value or an operator")]
    [InlineData("tags.city = 'Oslo' and", 23, "a condition")]
    [InlineData("tags.city = 'Oslo' & groups has 'buses'", 20, "a name, a value or an operator")]
    [InlineData("tags.city = 'Oslo' groups has 'buses'", 20, "'and', 'or' or the end, found 'groups'")]
    [InlineData("town = 'Oslo'", 1, "id, tags.NAME or groups")]
    [InlineData("true and town.x = 1", 10, "id, tags.NAME or groups")]
    [InlineData("ID = 'a'", 1, "id, tags.NAME or groups")]
    [InlineData("tags = 'Oslo'", 1, "tags. with the name of a tag after the dot")]
    [InlineData("tags. = 1", 6, "a name after the dot")]
    [InlineData("tags.\"\" = 1", 6, "a name between the quotes")]
    [InlineData("tags.\"a = 1", 6, "the name that begins here to end with \"")]
    [InlineData("id.x = 1", 1, "id, tags.NAME or groups")]
    [InlineData("groups = 'a'", 8, "'has' and a string, found '='")]
    [InlineData("groups has", 11, "a string after 'has', found the end")]
    [InlineData("groups has buses", 12, "a string after 'has', found 'buses'")]
    [InlineData("groups is null", 8, "'has' and a string")]
    [InlineData("id has 'a'", 4, "a comparison")]
    [InlineData("id = groups", 6, "a value")]
    [InlineData("id in 'a'", 7, "an opening parenthesis, found a string")]
    [InlineData("id in ()", 8, "a string, a number, true or false, found ')'")]
    [InlineData("id in ('a' 'b')", 12, "a comma or a closing parenthesis")]
    [InlineData("id in ('a', tags.b)", 13, "a string, a number, true or false")]
    [InlineData("id in (-'a')", 9, "a number, found a string")]
    [InlineData("id like 5", 9, "a string with the pattern, found '5'")]
    [InlineData("id like 'a!' escape '!'", 9, "a pattern that does not end with the escape character")]
    [InlineData("id like 'a' escape '!!'", 20, "a string of one character")]
    [InlineData("id like 'a' escape", 19, "a string of one character")]
    [InlineData("id is 5", 7, "'null' or 'not null'")]
    [InlineData("id is not 5", 11, "'null'")]
    [InlineData("id not 5", 8, "'in', 'like' or 'between'")]
    [InlineData("id between 'a'", 15, "'and' and the upper bound")]
    [InlineData("id between 'a' or 'b'", 16, "'and' and the upper bound, found 'or'")]
    [InlineData("(id = 'a'", 10, "a closing parenthesis, found the end")]
    [InlineData("id = 'a')", 9, "'and', 'or' or the end, found ')'")]
    [InlineData("(id = 'a') = true", 12, "'and', 'or' or the end, found '='")]
    [InlineData("id = ('a' = 'b')", 6, "a value")]
    [InlineData("id = 'a' = 'b'", 10, "'and', 'or' or the end")]
    [InlineData("tags.a + 1 = 2", 8, "'and', 'or' or the end, found '+'")]
    [InlineData("tags.a = -tags.b", 11, "a number")]
    [InlineData("'a'", 4, "a comparison")]
    [InlineData("null is null", 1, "a condition")]
    [InlineData("5", 2, "a comparison")]
    [InlineData("(5)", 4, "a comparison")]
    [InlineData("(true and 5)", 12, "a comparison")]
    [InlineData("('a') and true", 7, "a comparison")]
    [InlineData("(not 5)", 7, "a comparison")]
    [InlineData("tags.a = 5e", 12, "the digits of an exponent")]
    [InlineData("tags.a = 1e999", 10, "a number below 1.8E308")]
    [InlineData("tags.a = 5x", 11, "'and', 'or' or the end, found 'x'")]
    [InlineData("tags.a = '\U0001F69A' x", 14, "'and', 'or' or the end")]
    public void A_query_that_cannot_be_read_is_refused_at_the_character(string text, int position, string expected)
    {
        Refusal? refusal = AudienceQuery.Parse(text).Refusal;
        Assert.NotNull(refusal);
        Assert.Equal(RefusalKind.Malformed, refusal.Kind);
        Assert.StartsWith($"The audience cannot be read at character {position}: expected {expected}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_has_at_most_2048_characters()
    {
        string longest = "id = '" + new string('x', SelectionLimits.MaxLength - 7) + "'";
        Assert.True(AudienceQuery.Parse(longest).IsSuccess);
        Assert.Contains("at character 2049: expected the end", AudienceQuery.Parse(longest + " ").Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_is_at_most_32_levels_deep()
    {
        static string Nested(int depth) => new string('(', depth) + "true" + new string(')', depth);
        Assert.True(AudienceQuery.Parse(Nested(32)).IsSuccess);
        Assert.Contains("at character 33: expected no more than 32 levels", AudienceQuery.Parse(Nested(33)).Refusal!.Message, StringComparison.Ordinal);
        Assert.True(AudienceQuery.Parse(string.Concat(Enumerable.Repeat("not ", 32)) + "true").IsSuccess);
        Assert.False(AudienceQuery.Parse(string.Concat(Enumerable.Repeat("not ", 33)) + "true").IsSuccess);
        Assert.False(AudienceQuery.Parse("tags.a = " + new string('-', 33) + "1").IsSuccess);
        Assert.True(AudienceQuery.Parse(string.Join(" and ", Enumerable.Repeat("(not (id = 'a'))", 60))).IsSuccess);
    }

    [Fact]
    public void A_query_has_at_most_64_terms()
    {
        static string Terms(int count) => string.Join(" or ", Enumerable.Repeat("id = 'a'", count));
        Assert.True(AudienceQuery.Parse(Terms(64)).IsSuccess);
        string message = AudienceQuery.Parse(Terms(65)).Refusal!.Message;
        Assert.Contains($"at character {Terms(64).Length + 5}: expected no more than 64 comparisons", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_members_of_a_group_are_an_audience()
    {
        AudienceQuery query = AudienceQuery.OfGroup("buses");
        Assert.Equal("groups has 'buses'", query.Text);
        Assert.True(query.Matches(s_id, s_facts));
        Assert.False(query.Matches(s_id, DeviceFacts.None));
    }

    [Fact]
    public void A_pattern_takes_a_character_of_two_places_as_one()
    {
        static bool Like(string value, string pattern) =>
            AudienceQuery.Parse($"tags.a like '{pattern}'").Value!.Matches(s_id, DeviceFacts.Of($$"""{"a":"{{value}}"}""", []));
        Assert.True(Like("\U0001F69A", "_"));
        Assert.False(Like("\U0001F69A", "__"));
        Assert.False(Like("\U0001F69A", "%__"));
        Assert.True(Like("a\U0001F69Ab", "%\U0001F69A%"));
        Assert.True(Like("a\U0001F69Ab", "a_b"));
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"a":{"b":{"c":{"d":1}}}}""", null)]
    [InlineData("""{"a":{"b":{"c":{"d":{"e":{}}}}}}""", "line 1, byte 26: it is deeper than the limit of 5 levels.")]
    [InlineData("[]", "no JSON object")]
    [InlineData("5", "no JSON object")]
    [InlineData("", "line 1, byte 1")]
    [InlineData("{\"a\":1,\n\"b\" 2}", "line 2, byte 5: it is no JSON there.")]
    [InlineData("""{"a":1,"a":2}""", "line 1, byte 8: a member stands there twice.")]
    [InlineData("""{"a":"\ud800"}""", "half a character")]
    [InlineData("""{"\udc00":1}""", "half a character")]
    public void Tags_that_are_none_are_told_with_the_place(string text, string? expected)
    {
        string? fault = DeviceTags.Fault(text, 8_192);
        if (expected is null)
            Assert.Null(fault);
        else
            Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_have_a_largest_size_in_bytes()
    {
        string text = "{\"a\":\"" + new string('é', 50) + "\"}";
        Assert.Null(DeviceTags.Fault(text, 108));
        Assert.Equal("The tags have 108 bytes; the limit is 107.", DeviceTags.Fault(text, 107));
    }

    [Fact]
    public void Devices_without_tags_and_groups_share_their_facts() => Assert.Same(DeviceFacts.None, DeviceFacts.Of("{}", []));
}
