using System.Text.RegularExpressions;

namespace Restante.Architecture.Tests;

/// <summary>The pages that say which tests show a thing name tests that there are.</summary>
public sealed class DocumentedTests
{
    [Theory]
    [InlineData("docs/promises.md")]
    [InlineData("docs/limits.md")]
    public void Every_test_that_a_page_names_exists(string page)
    {
        string[] files = [.. Repository.SourceFiles("tests")];
        var known = new HashSet<string>(files.Select(f => Path.GetFileNameWithoutExtension(f)));
        known.UnionWith(Directory.GetDirectories(Path.Combine(Repository.Root, "tests")).Select(d => Path.GetFileName(d)!));
        foreach (string file in files)
            known.UnionWith(Regex.Matches(File.ReadAllText(file), @"\b(?:class|void|Task)\s+(\w+)").Select(m => m.Groups[1].Value));

        string[] named = [.. Named(Path.Combine(Repository.Root, page))];
        Assert.NotEmpty(named);
        string[] unknown = [.. named.Where(name => !known.Contains(name[(name.LastIndexOf('/') + 1)..]))];
        Assert.Empty(unknown);
    }

    // What stands in backquotes in the columns called 'shown by'.
    private static IEnumerable<string> Named(string page)
    {
        int column = -1;
        string previous = string.Empty;
        foreach (string line in File.ReadLines(page))
        {
            string[] cells = line.Split('|');
            if (!previous.StartsWith('|'))
                column = Array.FindIndex(cells, cell => cell.Trim() == "shown by");
            previous = line;
            if (column < 0 || column >= cells.Length)
                continue;
            foreach (Match name in Regex.Matches(cells[column], "`([^`]+)`"))
                yield return name.Groups[1].Value;
        }
    }
}
