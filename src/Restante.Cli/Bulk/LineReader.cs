namespace Restante.Cli.Bulk;

/// <summary>Reads lines of bytes; in memory is one line and what came with it.</summary>
/// <param name="source">Gives more bytes, 0 at the end.</param>
/// <param name="offset">Where the source stands, in bytes.</param>
/// <param name="number">How many lines came before.</param>
internal sealed class LineReader(Func<Memory<byte>, CancellationToken, ValueTask<int>> source, long offset = 0, long number = 0)
{
    /// <summary>How long a line may be.</summary>
    public const int MaxLineBytes = 2 * 1024 * 1024;

    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _isOver;

    /// <summary>Where the next line begins.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>The number of the last line.</summary>
    public long Number { get; private set; } = number;

    /// <summary>False when the last line was cut off by the end.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>The next line without its end, valid until the next call; null at the end.</summary>
    /// <exception cref="CliFailureException">It is longer than <see cref="MaxLineBytes"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellation)
    {
        for (int searched = 0; ;)
        {
            int at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
                return Take(searched + at, isWhole: true);
            searched = _end - _start;
            if (_isOver && searched == 0)
                return null;
            if (_isOver)
                return Take(searched, isWhole: false);
            if (searched > MaxLineBytes)
                throw new CliFailureException(ExitCode.Usage, $"Line {Number + 1} is longer than {MaxLineBytes} bytes: that is no device.");
            MakeRoom();
            int read = await source(_buffer.AsMemory(_end), cancellation);
            _end += read;
            _isOver = read == 0;
        }
    }

    private ReadOnlyMemory<byte> Take(int length, bool isWhole)
    {
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, length);
        int taken = isWhole ? length + 1 : length;
        IsWhole = isWhole;
        _start += taken;
        Offset += taken;
        Number++;
        return line;
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
            return;
        byte[] larger = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        (_buffer, _end, _start) = (larger, _end - _start, 0);
    }
}
