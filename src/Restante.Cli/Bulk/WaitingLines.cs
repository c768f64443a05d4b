using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Restante.Cli.Bulk;

/// <summary>Lines whose field gateway is not there yet, on the disk with their numbers: it may come later in the same file.</summary>
internal sealed class WaitingLines(string path) : IDisposable
{
    private readonly SideFile _file = new(path);

    public long Count { get; private set; }

    public long Bytes => _file.Length;

    public void Add(long number, ReadOnlySpan<byte> line)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out int length);
        _file.Write([.. digits[..length], (byte)' ', .. line, (byte)'\n']);
        Count++;
    }

    /// <summary>Reads them all into lots.</summary>
    public async IAsyncEnumerable<LineLot> LotsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        LineReader reader = _file.Read();
        var lot = new LineLot();
        while (await reader.NextAsync(cancellation) is ReadOnlyMemory<byte> entry)
        {
            _ = Utf8Parser.TryParse(entry.Span, out long number, out int length); // It was written with its number before it.
            lot.Add(number, entry.Span[(length + 1)..]);
            if (!lot.IsFull)
                continue;
            yield return lot;
            lot.Clear();
        }

        if (lot.Count > 0)
            yield return lot;
    }

    /// <summary>An empty list for those that go on waiting.</summary>
    public WaitingLines Next()
    {
        var next = new WaitingLines(path + ".next");
        next.GoOnAt(0, 0);
        return next;
    }

    public void ReplaceBy(WaitingLines next)
    {
        _file.ReplaceBy(next._file);
        Count = next.Count;
    }

    public void GoOnAt(long bytes, long count)
    {
        _file.GoOnAt(bytes);
        Count = count;
    }

    public void Flush() => _file.Flush();

    public void Delete() => _file.Delete();

    public void Dispose() => _file.Dispose();
}
