using System.Text.RegularExpressions;

namespace Restante.Architecture.Tests;

/// <summary>The style rules that matter, as a test.</summary>
public sealed class TidyRules
{
    private const int MaxFileLines = 500;
    private const int MaxColumns = 140;

    [Fact]
    public void Source_files_stay_small()
    {
        string[] large = [.. Repository.SourceFiles("src").Where(f => File.ReadLines(f).Count() > MaxFileLines).Select(Relative)];
        Assert.Empty(large);
    }

    [Fact]
    public void Lines_stay_short()
    {
        string[] wide =
        [
            .. Repository.SourceFiles("src").SelectMany(
                f => Code(f).Where(l => l.Text.Length > MaxColumns).Select(l => $"{Relative(f)}:{l.Number}")),
        ];
        Assert.Empty(wide);
    }

    [Fact]
    public void Namespaces_equal_the_folder_path()
    {
        var wrong = new List<string>();
        foreach (string file in Repository.SourceFiles("src"))
        {
            Match declared = Regex.Match(File.ReadAllText(file), @"^namespace ([\w.]+);", RegexOptions.Multiline);
            string folder = Path.GetRelativePath(Path.Combine(Repository.Root, "src"), Path.GetDirectoryName(file)!).Replace('/', '.');
            if (declared.Success && declared.Groups[1].Value != folder)
                wrong.Add($"{Relative(file)}: {declared.Groups[1].Value}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Folders_are_nouns_of_the_domain()
    {
        string[] vague = ["Helpers", "Utils", "Utilities", "Common", "Managers", "Misc"];
        Assert.DoesNotContain(
            Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories),
            d => vague.Contains(Path.GetFileName(d)));
    }

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        var marks = new Regex(@"\b(" + "TO" + "DO|FIX" + "ME|HA" + "CK|XX" + "X)\\b|NotImplemented" + "Exception");
        Assert.Empty(Repository.SourceFiles("src").Where(f => marks.IsMatch(File.ReadAllText(f))).Select(Relative));
    }

    [Fact]
    public void Log_event_ids_are_unique()
    {
        var seen = new Dictionary<int, string>();
        var twice = new List<string>();
        foreach (string file in Repository.SourceFiles("src").Where(f => Path.GetFileName(f) == "Log.cs"))
        {
            foreach (Match id in Regex.Matches(File.ReadAllText(file), @"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)"))
            {
                int number = int.Parse(id.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
                if (!seen.TryAdd(number, Relative(file)))
                    twice.Add($"{number} in {Relative(file)} and {seen[number]}");
            }
        }

        Assert.Empty(twice);
    }

    // The lines of a raw string are text that people read elsewhere.
    private static IEnumerable<(string Text, int Number)> Code(string file)
    {
        bool isRaw = false;
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            bool turns = Regex.Count(line, "\"\"\"") % 2 != 0;
            if (!isRaw && !turns)
                yield return (line, number);
            isRaw ^= turns;
        }
    }

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);
}
