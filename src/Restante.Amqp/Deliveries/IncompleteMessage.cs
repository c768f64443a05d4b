using System.Buffers;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp.Deliveries;

/// <summary>A message of which more frames are to come, gathered in a pooled array that begins with the delivery tag. The pool's arrays
/// have lengths that are powers of two: one is less than twice as long as what is in it and the room for the tag.</summary>
internal sealed class IncompleteMessage
{
    private const int MaxTagLength = 32;

    private byte[]? _buffer;
    private int _tagLength;
    private int _end;

    internal bool IsActive => _buffer is not null;

    internal DeliveryNumber Number { get; private set; }

    internal uint Format { get; private set; }

    internal bool Settled { get; set; }

    internal ReceiverSettleMode Mode { get; private set; }

    internal ReadOnlySpan<byte> Tag => _buffer.AsSpan(0, _tagLength);

    internal ReadOnlySpan<byte> Payload => _buffer is null ? default : _buffer.AsSpan(MaxTagLength.._end);

    /// <summary>Bytes of the message so far.</summary>
    internal int Length => _end - MaxTagLength;

    internal void Begin(DeliveryNumber number, in TransferFrame transfer, ReceiverSettleMode mode, int payloadLength)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(MaxTagLength + payloadLength);
        Number = number;
        Format = transfer.MessageFormat ?? 0;
        Settled = false;
        Mode = mode;
        transfer.Tag.CopyTo(_buffer);
        _tagLength = transfer.Tag.Length;
        _end = MaxTagLength;
    }

    internal void Append(ReadOnlySpan<byte> payload)
    {
        byte[] buffer = _buffer!;
        if (payload.Length > buffer.Length - _end)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_end + payload.Length);
            buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            _buffer = buffer = larger;
        }

        payload.CopyTo(buffer.AsSpan(_end));
        _end += payload.Length;
    }

    /// <summary>Takes the array out, so that it outlives a callback that ends the link; give it back to the pool.</summary>
    internal byte[] Detach(out Range tag, out Range payload)
    {
        byte[] buffer = _buffer!;
        tag = .._tagLength;
        payload = MaxTagLength.._end;
        _buffer = null;
        return buffer;
    }

    internal void Release()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }
}
