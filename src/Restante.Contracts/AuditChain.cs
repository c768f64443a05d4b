using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Restante.Contracts;

/// <summary>
/// Checks lines of the audit log, given in their order: that no number is missing, and that each line names the hash of the line before it.
/// </summary>
public sealed class AuditChain
{
    private readonly List<string> _faults = [];
    private readonly List<(long Number, string Hash)> _anchors;
    private string? _hash;

    /// <summary>Begins a check.</summary>
    /// <param name="anchors">What was kept elsewhere: number and hash with a colon between them, as <see cref="Anchor"/> shows.</param>
    /// <exception cref="FormatException">A text is no anchor.</exception>
    public AuditChain(params IEnumerable<string> anchors) => _anchors = [.. anchors.Select(Parse)];

    /// <summary>What does not fit, in words; at most 100 are kept.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The number of the first line; 0 before it.</summary>
    public long First { get; private set; }

    /// <summary>The number of the last line so far; 0 before the first.</summary>
    public long Last { get; private set; }

    /// <summary>Where the lines end: an anchor for later; null before the first line.</summary>
    public string? Anchor => _hash is null ? null : string.Create(CultureInfo.InvariantCulture, $"{Last}:{_hash}");

    /// <summary>Takes the next line, without its line feed.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (!TryRead(line, out long number, out string previous))
        {
            Fault($"The line after entry {Last} is no entry.");
            return;
        }

        if (_hash is null)
            First = number;
        else if (number != Last + 1)
            Fault($"Entry {number} follows entry {Last}.");
        else if (previous != _hash)
            Fault($"Entry {Last} was changed after entry {number} was written, or entry {number} was.");
        Last = number;
        _hash = Convert.ToHexStringLower(SHA256.HashData(line));
        foreach ((long kept, string hash) in _anchors)
        {
            if (kept == number && hash != _hash)
                Fault($"Entry {number} is not the one that the anchor was made of.");
        }
    }

    /// <summary>There are no more lines.</summary>
    public void End()
    {
        foreach ((long number, _) in _anchors)
        {
            if (number > Last)
                Fault($"Entries up to {number}, of which an anchor was made, are gone: the last one is {Last}.");
            else if (number < First && number > 0)
                Fault(
                    $"Entry {number}, of which an anchor was made, is no longer kept: the first "
                        + $"one is {First}. Nothing can be said of it.");
        }
    }

    private static (long Number, string Hash) Parse(string anchor)
    {
        string[] parts = anchor.Split(':');
        return parts.Length == 2 && parts[1].Length == 2 * SHA256.HashSizeInBytes
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? (number, parts[1])
                : throw new FormatException("An anchor is a number, a colon and 64 hexadecimal digits.");
    }

    private static bool TryRead(ReadOnlySpan<byte> line, out long number, out string previous)
    {
        number = 0;
        previous = "";
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                bool isNumber = reader.ValueTextEquals("number"u8), isPrevious = reader.ValueTextEquals("previous"u8);
                reader.Read();
                if (isNumber)
                    number = reader.GetInt64();
                else if (isPrevious)
                    previous = reader.GetString() ?? "";
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }

        return number > 0 && previous.Length > 0;
    }

    private void Fault(string what)
    {
        if (_faults.Count < 100)
            _faults.Add(what);
    }
}
