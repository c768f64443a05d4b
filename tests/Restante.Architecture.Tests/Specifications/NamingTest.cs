using System.Text.RegularExpressions;

namespace Restante.Architecture.Tests.Specifications;

/// <summary>A test that names statements.</summary>
/// <param name="File">Its file, from the root of the working copy.</param>
/// <param name="Name">Its name.</param>
/// <param name="Statements">What it names.</param>
internal sealed partial record NamingTest(string File, string Name, IReadOnlyList<string> Statements)
{
    /// <summary>All that there are, in the order of files and lines.</summary>
    public static IReadOnlyList<NamingTest> All { get; } = [.. Find()];

    private static IEnumerable<NamingTest> Find()
    {
        foreach (string file in Repository.SourceFiles("tests").Order(StringComparer.Ordinal))
        {
            string path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
            List<string> named = [];
            foreach (string line in System.IO.File.ReadLines(file))
            {
                if (line.TrimStart().StartsWith("[Spec(", StringComparison.Ordinal))
                    named.AddRange(Quoted().Matches(line).Select(match => match.Groups[1].Value));
                if (named.Count > 0 && Method().Match(line) is { Success: true } method)
                {
                    yield return new NamingTest(path, method.Groups[1].Value, named);
                    named = [];
                }
            }
        }
    }

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\s*public (?:async Task|Task|void) (\w+)\(")]
    private static partial Regex Method();
}
