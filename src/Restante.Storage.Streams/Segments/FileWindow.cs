using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>Reads a file from front to back through a buffer.</summary>
internal sealed class FileWindow(SafeFileHandle file, long end)
{
    private const int Chunk = 256 * 1024;
    private byte[] _buffer = new byte[Chunk];
    private long _from;
    private int _length;

    /// <summary>Bytes beyond it are not read.</summary>
    public long End { get; } = end;

    /// <summary>The bytes at a position: as many as wanted, fewer at the end.</summary>
    public ReadOnlySpan<byte> At(long position, int count)
    {
        count = (int)Math.Clamp(End - position, 0, count);
        if (position < _from || position + count > _from + _length)
            Fill(position, count);
        int start = (int)(position - _from);
        return _buffer.AsSpan(start, Math.Min(count, _length - start));
    }

    /// <summary>The bytes at a position, as many as one read brings.</summary>
    public ReadOnlySpan<byte> Next(long position) => At(position, Chunk);

    private void Fill(long position, int count)
    {
        if (count > _buffer.Length)
            _buffer = new byte[count];
        _from = position;
        _length = 0;
        int want = (int)Math.Min(_buffer.Length, Math.Max(0, End - position));
        while (_length < want)
        {
            int read = RandomAccess.Read(file, _buffer.AsSpan(_length, want - _length), position + _length);
            if (read == 0)
                break;
            _length += read;
        }
    }
}
