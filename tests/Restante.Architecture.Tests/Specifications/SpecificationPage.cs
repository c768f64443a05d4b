using System.Globalization;
using System.Text;

namespace Restante.Architecture.Tests.Specifications;

/// <summary>docs/specifications.md: which statement is shown by which test, and which does not apply.</summary>
internal static class SpecificationPage
{
    private const string Introduction =
        """
        # Specifications

        Made of the tests and of the lists under `tests/Restante.Specifications`; not written by hand. `eng/specifications` writes it
        anew.

        Every statement that a server can break is shown by a test that names it, or has a line that says why it does not apply to a
        gateway with fixed addresses. Statements that only a client can break are listed with the tests that show what the gateway does
        about them. The few that are not kept, on purpose, say why. The gist is in our own words; the specification's own counts.

        `dotnet test --filter Spec=MQTT5-3.1.2-22` runs the tests that name a statement. The names have the prefix `MQTT5-`, `MQTT3-`
        (MQTT 3.1.1 numbers its statements otherwise) or `AMQP-`.
        """;

    /// <summary>Where it is.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Repository.Root, "docs", "specifications.md");

    /// <summary>Its text as it should be.</summary>
    public static string Make()
    {
        ILookup<string, NamingTest> tests = NamingTest.All
            .SelectMany(test => test.Statements.Distinct().Select(id => (id, test))).ToLookup(pair => pair.id, pair => pair.test);
        var text = new StringBuilder(Introduction).Append("\n\n");
        text.Append("| specification | statements | for a server | with tests | do not apply | not kept |\n|---|---|---|---|---|---|\n");
        foreach (SpecificationList list in SpecificationList.All)
        {
            Statement[] ours = [.. list.Statements.Where(statement => statement.IsOurs)];
            int tested = ours.Count(statement => statement.Reason is null && tests[statement.Id].Any());
            int unkept = ours.Count(statement => !statement.IsKept);
            text.Append(CultureInfo.InvariantCulture,
                $"| {list.Title} | {list.Statements.Count} | {ours.Length} | {tested} | {ours.Length - tested - unkept} | {unkept} |\n");
        }

        foreach (SpecificationList list in SpecificationList.All)
            Append(text, list, tests);
        return text.ToString();
    }

    private static void Append(StringBuilder text, SpecificationList list, ILookup<string, NamingTest> tests)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {list.Title}\n\n");
        foreach (string note in list.Notes)
            text.Append(note).Append("\n\n");
        text.Append("| statement | of | gist | shown by |\n|---|---|---|---|\n");
        foreach (Statement statement in list.Statements)
        {
            IEnumerable<string> shown = tests[statement.Id].Select(test => $"[{test.Name}](../{test.File})");
            string cell = $"{statement.Reason} {string.Join(", ", shown)}".Trim();
            text.Append(CultureInfo.InvariantCulture, $"| {statement.Number} | {statement.Breaker} | {statement.Gist} | {cell} |\n");
        }
    }
}
