using System.Text.RegularExpressions;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Documentation;

/// <summary>
/// The code blocks of a page, in their order. What is said of a block stands behind its language: <c>sh</c> runs, in the first terminal or
/// in <c>terminal=N</c>, where it is only waited for when the page or that terminal goes on; <c>terminal=all</c> runs in every terminal;
/// what <c>stays</c> is ended when the page ends and it has written what is shown; <c>file=NAME</c> saves a program; <c>output</c> is what
/// the block before it writes, with <c>…</c> for any text, alone on a line for any lines.
/// </summary>
public sealed partial class Page
{
    private Page(string path, IReadOnlyList<Block> blocks)
    {
        Path = path;
        Blocks = blocks;
    }

    /// <summary>Where it is in the working copy.</summary>
    public string Path { get; }

    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>Reads a page of the working copy.</summary>
    public static Page Read(string path)
    {
        string[] lines = File.ReadAllLines(global::System.IO.Path.Combine(Tool.Sources, "..", "..", path));
        var blocks = new List<Block>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            string[] said = lines[i][3..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int end = Array.IndexOf(lines, "```", i + 1);
            Assert.True(end > 0, $"{path}:{i + 1}: a block that does not end.");
            string text = string.Concat(lines[(i + 1)..end].Select(line => line + "\n"));
            string terminal = Said(said, "terminal") ?? "1";
            blocks.Add(new Block(i + 1, said.FirstOrDefault(string.Empty), Said(said, "file"), terminal, said.Contains("stays"), text));
            i = end;
        }

        return new Page(path, blocks);
    }

    /// <summary>What the page shows as the output of a block; null when it shows none.</summary>
    public string? OutputOf(Block block)
    {
        Block? next = Blocks.SkipWhile(b => b != block).Skip(1).FirstOrDefault();
        return next?.Language == "output" ? next.Text : null;
    }

    /// <summary>True when an output is what was shown.</summary>
    public static bool IsShown(string shown, string output)
    {
        IEnumerable<string> lines = shown.TrimEnd('\n').Split('\n').Select(
            line => line == "…" ? @"[\s\S]*" : string.Join(".*", line.Split('…').Select(Regex.Escape)));
        string written = TrailingSpace().Replace(output, string.Empty).TrimEnd('\n');
        return Regex.IsMatch(written, $@"\A{string.Join("\n", lines)}\z");
    }

    private static string? Said(string[] terms, string name) =>
        terms.FirstOrDefault(t => t.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    [GeneratedRegex(@"[ \t\r]+$", RegexOptions.Multiline)]
    private static partial Regex TrailingSpace();

    /// <summary>A code block, with the number of its line.</summary>
    public sealed record Block(int Line, string Language, string? File, string Terminal, bool Stays, string Text);
}
