using System.Text.RegularExpressions;

namespace Restante.Architecture.Tests;

/// <summary>Engines and core are free of what would tie them to a machine, a clock or a library.</summary>
public sealed class PurityRules
{
    private static readonly string[] s_engines = ["src/Restante.Amqp", "src/Restante.Mqtt"];
    private static readonly string[] s_pure = [.. s_engines, "src/Restante.Core"];

    [Theory]
    [InlineData(@"\bDateTime(Offset)?\.(Utc)?Now\b")]
    [InlineData(@"\bStopwatch\b")]
    [InlineData(@"\bTask\.Run\b")]
    [InlineData(@"\bThread\.Sleep\b")]
    [InlineData(@"\bnew Thread\b")]
    [InlineData(@"System\.Net\.Sockets|\bSocket\b|\bSslStream\b")]
    [InlineData(@"Microsoft\.AspNetCore|Npgsql|SQLite")]
    [InlineData(@"\bEnvironment\.TickCount")]
    public void Engines_and_core_do_not_use(string pattern) => AssertAbsent(s_pure, pattern);

    [Theory]
    [InlineData(@"\basync\b")]
    [InlineData(@"\bawait\b")]
    [InlineData(@"\bILogger\b")]
    [InlineData(@"\bTimeProvider\b")]
    [InlineData(@"\block\s*\(")]
    public void Engines_do_not_use(string pattern) => AssertAbsent(s_engines, pattern);

    [Fact]
    public void Time_enters_through_a_provider_everywhere() => AssertAbsent(["src"], @"\bDateTime(Offset)?\.(Utc)?Now\b");

    [Fact]
    public void Nothing_sleeps() => AssertAbsent(["src", "tests"], @"\bThread" + @"\.Sleep\b");

    private static void AssertAbsent(string[] folders, string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        var hits = new List<string>();
        foreach (string file in folders.SelectMany(Repository.SourceFiles))
        {
            string[] lines = File.ReadAllLines(file);
            for (int i = 0; i < lines.Length; i++)
            {
                string code = lines[i].TrimStart();
                if (!code.StartsWith("//", StringComparison.Ordinal) && regex.IsMatch(WithoutText(code)))
                    hits.Add($"{Path.GetRelativePath(Repository.Root, file)}:{i + 1}: {code}");
            }
        }

        Assert.Empty(hits);
    }

    // Comments at the end of a line and string literals may say what they like.
    private static string WithoutText(string line)
    {
        string noStrings = Regex.Replace(line, "\"(\\\\.|[^\"\\\\])*\"", "\"\"");
        int comment = noStrings.IndexOf("//", StringComparison.Ordinal);
        return comment < 0 ? noStrings : noStrings[..comment];
    }
}
