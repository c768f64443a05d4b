namespace Restante.Net.Transports;

/// <summary>Bytes that were read of a connection before their reader came.</summary>
internal sealed class ReadAhead(byte[] bytes)
{
    private int _at;

    public bool IsEmpty => _at == bytes.Length;

    public int Take(Memory<byte> buffer)
    {
        int count = Math.Min(buffer.Length, bytes.Length - _at);
        bytes.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }
}
