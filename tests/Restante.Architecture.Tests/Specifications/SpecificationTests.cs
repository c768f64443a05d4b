namespace Restante.Architecture.Tests.Specifications;

/// <summary>Holds the lists of statements, the tests that name them and the page about both together.</summary>
public sealed class SpecificationTests
{
    private static readonly HashSet<string> s_named = [.. NamingTest.All.SelectMany(test => test.Statements)];

    [Fact]
    public void Every_statement_that_a_server_can_break_has_a_test_or_a_reason()
    {
        string[] owed =
        [
            .. SpecificationList.All.SelectMany(list => list.Statements)
                .Where(statement => statement.IsOurs && statement.Reason is null && !s_named.Contains(statement.Id))
                .Select(statement => statement.Id),
        ];
        Assert.Empty(owed);
    }

    [Fact]
    public void Tests_name_statements_that_there_are()
    {
        string[] known = [.. SpecificationList.All.SelectMany(list => list.Statements).Select(statement => statement.Id)];
        Assert.Equal(known.Distinct().Count(), known.Length);
        Assert.Empty(s_named.Except(known));
    }

    [Fact]
    public void The_page_is_what_tests_and_lists_say()
    {
        string page = SpecificationPage.Make();
        if (Environment.GetEnvironmentVariable("RESTANTE_WRITE_SPECIFICATIONS") == "1")
            File.WriteAllText(SpecificationPage.Path, page);
        Assert.True(File.Exists(SpecificationPage.Path) && File.ReadAllText(SpecificationPage.Path) == page, "Run: eng/specifications");
    }
}
