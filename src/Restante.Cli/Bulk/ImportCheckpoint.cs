using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Restante.Cli.Bulk;

/// <summary>How far an import has come: what is kept beside its file until it is through.</summary>
internal sealed record ImportCheckpoint
{
    private const int TailBytes = 4 * 1024;

    /// <summary>The gateway's address: elsewhere the lines before are not done.</summary>
    public required string Url { get; init; }

    /// <summary>Whether devices that differ were changed.</summary>
    public required bool Update { get; init; }

    /// <summary>Where the next line begins.</summary>
    public long Offset { get; init; }

    /// <summary>How many lines were read.</summary>
    public long Lines { get; init; }

    public long Created { get; init; }

    public long Changed { get; init; }

    public long Unchanged { get; init; }

    public long Failed { get; init; }

    /// <summary>Lines that wait for their gateway.</summary>
    public long Waiting { get; init; }

    public long WaitingBytes { get; init; }

    public long FailedBytes { get; init; }

    public long ReasonBytes { get; init; }

    /// <summary>The hash of what stands before <see cref="Offset"/>, so that another file is noticed.</summary>
    public string Tail { get; init; } = string.Empty;

    /// <summary>How many lines are through.</summary>
    public long Through => Created + Changed + Unchanged + Failed;

    /// <summary>Reads it; null when there is none, or none that can be read.</summary>
    public static ImportCheckpoint? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), BulkJson.Default.ImportCheckpoint);
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Puts it in the place of the one before; whoever reads finds one of them whole.</summary>
    public void Write(string path)
    {
        string next = path + ".next";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(this, BulkJson.Default.ImportCheckpoint));
        File.Move(next, path, overwrite: true);
    }

    /// <summary>The hash of what stands before a place.</summary>
    public static string TailOf(string path, long offset)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        byte[] tail = new byte[Math.Min(TailBytes, offset)];
        int length = 0;
        for (int read = 1; read > 0 && length < tail.Length; length += read)
            read = RandomAccess.Read(file, tail.AsSpan(length), offset - tail.Length + length);
        return Convert.ToHexString(SHA256.HashData(tail.AsSpan(0, length)));
    }
}
