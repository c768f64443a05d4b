using System.Buffers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Deliveries;

/// <summary>The rest of a message whose first frames are sent, waiting for the session window; in a pooled array.</summary>
internal sealed class HeldMessage
{
    private byte[]? _buffer;
    private int _start;
    private int _end;

    internal HeldMessage(DeliveryNumber number, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        Number = number;
        _buffer = ArrayPool<byte>.Shared.Rent(head.Length + tail.Length);
        head.CopyTo(_buffer);
        tail.CopyTo(_buffer.AsSpan(head.Length));
        _end = head.Length + tail.Length;
    }

    internal DeliveryNumber Number { get; }

    internal bool IsAborted { get; private set; }

    internal ReadOnlySpan<byte> Rest => _buffer.AsSpan(_start, _end - _start);

    internal void Advance(int sent) => _start += sent;

    /// <summary>Drops the rest; what remains to be sent is the notice.</summary>
    internal void Abort()
    {
        IsAborted = true;
        Release();
    }

    internal void Release()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = 0;
        _end = 0;
    }
}
