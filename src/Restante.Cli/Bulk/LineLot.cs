using System.Buffers;
using Restante.Contracts;

namespace Restante.Cli.Bulk;

/// <summary>Lines that are sent together: so many that the answer names each that fails.</summary>
internal sealed class LineLot
{
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _body = new(64 * 1024);
    private readonly List<(long Number, int Start, int Length)> _lines = [];

    /// <summary>What is sent.</summary>
    public ReadOnlyMemory<byte> Body => _body.WrittenMemory;

    /// <summary>How many lines there are.</summary>
    public int Count => _lines.Count;

    public bool IsFull => _lines.Count == DeviceImportView.MaxFailures || _body.WrittenCount >= MaxBytes;

    /// <summary>Adds a line, unless it is blank.</summary>
    public void Add(long number, ReadOnlySpan<byte> line)
    {
        if (line.Trim(" \t\r"u8).IsEmpty)
            return;
        _lines.Add((number, _body.WrittenCount, line.Length));
        _body.Write(line);
        _body.Write("\n"u8);
    }

    /// <summary>A line, by its place in what is sent.</summary>
    public (long Number, ReadOnlyMemory<byte> Bytes) this[int place] =>
        (_lines[place].Number, _body.WrittenMemory.Slice(_lines[place].Start, _lines[place].Length));

    public void Clear()
    {
        _lines.Clear();
        _body.ResetWrittenCount();
    }
}
