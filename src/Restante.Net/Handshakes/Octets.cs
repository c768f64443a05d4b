using System.Buffers.Binary;

namespace Restante.Net.Handshakes;

/// <summary>
/// Bytes of a TLS message that are read from front to back (RFC 8446 section 3). Nothing is taken when a method returns false.
/// </summary>
internal ref struct Octets(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public bool TryTake(int count, out Octets taken)
    {
        taken = default;
        if (_rest.Length < count)
            return false;
        taken = new Octets(_rest[..count]);
        _rest = _rest[count..];
        return true;
    }

    public bool TryNumber(out ushort number)
    {
        number = 0;
        if (_rest.Length < 2)
            return false;
        number = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        _rest = _rest[2..];
        return true;
    }

    /// <summary>A vector whose length stands before it in one byte.</summary>
    public bool TryVector8(out Octets content)
    {
        content = default;
        if (_rest.IsEmpty || _rest.Length - 1 < _rest[0])
            return false;
        content = new Octets(_rest.Slice(1, _rest[0]));
        _rest = _rest[(1 + _rest[0])..];
        return true;
    }

    /// <summary>A vector whose length stands before it in two bytes.</summary>
    public bool TryVector16(out Octets content)
    {
        content = default;
        if (_rest.Length < 2)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        if (_rest.Length - 2 < length)
            return false;
        content = new Octets(_rest.Slice(2, length));
        _rest = _rest[(2 + length)..];
        return true;
    }

    /// <summary>All that is left, as numbers of two bytes.</summary>
    public readonly bool TryNumbers(out ushort[] numbers)
    {
        numbers = new ushort[_rest.Length / 2];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadUInt16BigEndian(_rest[(2 * i)..]);
        return _rest.Length % 2 == 0;
    }
}
