using System.Globalization;

namespace Restante.Storage.Streams.Segments;

/// <summary>The names of the files in a store's directory.</summary>
internal static class SegmentNames
{
    /// <summary>The ending of a segment.</summary>
    public const string SegmentEnding = ".seg";

    /// <summary>What an operator adds to the name of a damaged segment to set it aside.</summary>
    public const string DamagedEnding = ".seg.damaged";

    /// <summary>The ending of what is not finished; deleted when a store is opened.</summary>
    public const string UnfinishedEnding = ".tmp";

    private const string IndexEnding = ".idx";

    /// <summary>The segment which begins at a position of the log.</summary>
    public static string Segment(string directory, long position) => Path.Combine(directory, Stem(position) + SegmentEnding);

    /// <summary>The index of that segment.</summary>
    public static string Index(string directory, long position) => Path.Combine(directory, Stem(position) + IndexEnding);

    /// <summary>A file that will be a segment.</summary>
    public static string Unfinished(string directory, long number) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"segment-{number}{UnfinishedEnding}"));

    /// <summary>The manifest.</summary>
    public static string Manifest(string directory) => Path.Combine(directory, "manifest");

    /// <summary>The file that is held open by the process the directory belongs to.</summary>
    public static string Lock(string directory) => Path.Combine(directory, "lock");

    /// <summary>The files with one of the two segment endings, with their positions, in order.</summary>
    public static List<(long Base, string Path)> List(string directory, string ending)
    {
        var found = new List<(long Base, string Path)>();
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            string name = Path.GetFileName(path);
            if (name.Length == 16 + ending.Length && name.EndsWith(ending, StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long position))
            {
                found.Add((position, path));
            }
        }

        found.Sort((left, right) => left.Base.CompareTo(right.Base));
        return found;
    }

    private static string Stem(long position) => position.ToString("x16", CultureInfo.InvariantCulture);
}
