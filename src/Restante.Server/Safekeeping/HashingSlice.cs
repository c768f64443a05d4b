using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Restante.Server.Safekeeping;

/// <summary>The first bytes of a file as a stream that is read once, and their SHA-256. The file itself stays with its owner.</summary>
internal sealed class HashingSlice(SafeFileHandle file, long length) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>The hash of all bytes, in lower-case hexadecimal digits. Once, after the last byte was read.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, length - _position);
        int read = wanted == 0 ? 0 : RandomAccess.Read(file, buffer[..wanted], _position);
        if (read == 0 && wanted > 0)
            throw new EndOfStreamException("A file became shorter while it was copied.");
        _hash.AppendData(buffer[..read]);
        _position += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        origin == SeekOrigin.Begin && offset == _position ? offset : throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
