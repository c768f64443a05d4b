using Restante.Core.Refusals;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>
/// Every refusal of the catalogue on every protocol, over the wire: the answer, the sentence with it, and that it costs no more than it
/// must.
/// </summary>
public sealed class RefusalTests(RefusalFixture fixture) : IClassFixture<RefusalFixture>
{
    private static readonly string s_docs = Path.Combine(Tool.Sources, "..", "..", "docs");

    private static readonly RefusalKind[] s_inWebSocket =
        [RefusalKind.NotFound, RefusalKind.Unauthorized, RefusalKind.TooLarge, RefusalKind.Malformed];

    public static TheoryData<string> Cases => [.. RefusalTable.All.Where(static c => IsHere(c)).Select(static c => c.Name)];

    /// <summary>AMQP and MQTT come in a WebSocket too; there the answers are the same.</summary>
    public static TheoryData<string> CasesInWebSocket =>
    [
        .. RefusalTable.All.Where(static c => IsHere(c) && c.Dialect != Dialect.Https && s_inWebSocket.Contains(c.Kind))
            .Select(static c => c.Name),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task It_looks_as_documented_and_costs_no_more_than_it_must(string name) => ProveAsync(name, inWebSocket: false);

    [Theory]
    [MemberData(nameof(CasesInWebSocket))]
    public Task It_looks_the_same_in_a_WebSocket(string name) => ProveAsync(name, inWebSocket: true);

    [Fact]
    public void Every_kind_has_a_case_on_every_protocol_or_a_reason_why_not()
    {
        string[] pairs = [.. RefusalTable.All.Select(static c => $"{c.Kind} {c.Dialect}").Distinct()];
        string[] wanted =
            [.. Enum.GetValues<RefusalKind>().SelectMany(static kind => Enum.GetValues<Dialect>().Select(dialect => $"{kind} {dialect}"))];
        Assert.Equal(wanted.Order(), pairs.Order());
        Assert.All(RefusalTable.All, static c => Assert.True(
            c.ProvokeAsync is not null || RefusalTable.All.Count(o => o.Kind == c.Kind && o.Dialect == c.Dialect) == 1,
            $"{c.Name}: it occurs, and it cannot."));
    }

    [Fact]
    public void The_documentation_has_this_table()
    {
        string[] table = [.. Chapter("limits.md", "How a refusal looks").Split('\n').Where(static line => line.StartsWith('|'))];
        Assert.Equal(RefusalTable.Lines(), table);
    }

    [Theory]
    [InlineData("amqp.md", "Errors", "Amqp")]
    [InlineData("mqtt.md", "Reason codes", "Mqtt5")]
    [InlineData("rest.md", "Refusals", "Https")]
    public void The_page_of_a_protocol_names_every_answer(string page, string chapter, string dialect)
    {
        string text = Chapter(page, chapter);
        string[] missing = [.. RefusalTable.All
            .Where(c => c.Dialect.ToString() == dialect && c.Answer is not null && !c.Answer.StartsWith("SASL", StringComparison.Ordinal)
                && !c.Answer.StartsWith("request", StringComparison.Ordinal))
            .Select(c => dialect == "Https" ? $"`{RefusalCase.NameOf(c.Kind)}` | {c.Answer![..3]}" : c.Answer!.Split(' ')[^1])
            .Where(answer => answer != "`conflict` | 412" && !text.Contains(answer, StringComparison.Ordinal))];
        Assert.Empty(missing);
    }

    internal static void AssertAnswer(RefusalCase expected, Refused refused)
    {
        Assert.Equal(expected.Answer, refused.Answer);
        Assert.NotEqual(string.Empty, refused.Reason);
        if (refused.Kind is not null)
            Assert.Equal(RefusalCase.NameOf(expected.Kind), refused.Kind);
    }

    private static string Chapter(string page, string chapter)
    {
        string text = File.ReadAllText(Path.Combine(s_docs, page));
        text = text[text.IndexOf($"\n## {chapter}\n", StringComparison.Ordinal)..];
        int next = text.IndexOf("\n## ", 1, StringComparison.Ordinal);
        return next < 0 ? text : text[..next];
    }

    // What needs a store that takes nothing is in UnavailableTests.
    private static bool IsHere(RefusalCase c) => c.ProvokeAsync is not null && c.Kind != RefusalKind.Unavailable;

    private async Task ProveAsync(string name, bool inWebSocket)
    {
        RefusalCase expected = RefusalTable.All.Single(c => c.Name == name);
        await using Scene scene = await Scene.StartAsync(fixture.Gateway, fixture.Keys, inWebSocket);
        Refused refused = await expected.ProvokeAsync!(scene).WaitAsync(Wire.Patience);
        await using ISide side = refused.Side;
        AssertAnswer(expected, refused);
        Assert.True(await side.WorksAsync(), "Good work is refused after it.");
    }
}
