using System.Globalization;

namespace Restante.Simulation.Tests.Scheduling;

/// <summary>
/// What happened, line by line. Always hashed, so that two runs can be compared; kept only when somebody wants to read it.
/// </summary>
internal sealed class Trace(bool keep)
{
    private const ulong Prime = 0x100000001B3;

    private readonly List<string> _lines = [];

    /// <summary>A hash of everything so far (FNV-1a).</summary>
    public ulong Hash { get; private set; } = 0xCBF29CE484222325;

    /// <summary>How many lines there were.</summary>
    public int Count { get; private set; }

    /// <summary>The lines, where they are kept.</summary>
    public IReadOnlyList<string> Lines => _lines;

    public void Add(long nowMs, string what)
    {
        Mix((ulong)nowMs);
        foreach (char c in what)
            Mix(c);
        Count++;
        if (keep)
            _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{nowMs / 1000,6}.{nowMs % 1000:000}  {what}"));
    }

    /// <summary>Bytes that are part of what happened and too many to be written down.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            Mix(b);
    }

    private void Mix(ulong value) => Hash = (Hash ^ value) * Prime;
}
