using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Restante.Net.Handshakes;

namespace Restante.Net.Transports;

/// <summary>
/// The least stream that TLS needs over a non-blocking socket. Does not own the socket. A read into an empty buffer completes when there
/// really is something to read: the socket's own one may also complete for what was read before, and TLS would then hold a buffer for
/// bytes that are not there.
/// </summary>
internal sealed class SocketStream(Socket socket) : Stream, IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _readable;
    private ValueTask<int> _wait;
    private Action? _onReady;
    private ReadAhead? _ahead;
    private HandshakeGate? _gate;
    private int _left;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// The handshake begins: the gate's place, which the caller holds, is given back while the peer is waited for, and no more bytes are
    /// read than a handshake may take.
    /// </summary>
    public void BeginHandshake(HandshakeGate gate) => (_gate, _left) = (gate, gate.MaxHandshakeBytes);

    /// <summary>The handshake is over: nothing is counted any more.</summary>
    public void EndHandshake() => _gate = null;

    /// <summary>Gives back what was read, to be read again before anything else.</summary>
    public void PutBack(byte[] bytes) => _ahead = bytes.Length > 0 ? new ReadAhead(bytes) : null;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _gate is { } gate ? ReadCountedAsync(gate, buffer, cancellationToken) : ReadOnAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int sent = socket.Send(buffer.Span, SocketFlags.None, out SocketError error);
        if (error == SocketError.Success && sent == buffer.Length)
            return default;
        if (error is not (SocketError.Success or SocketError.WouldBlock))
            return ValueTask.FromException(new SocketException((int)error));
        return WriteRestAsync(error == SocketError.Success ? buffer[sent..] : buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _readable.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _readable.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _readable.OnCompleted(continuation, state, token, flags);

    private ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_ahead is not { } ahead)
            return buffer.IsEmpty ? WaitReadable() : socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        int taken = ahead.Take(buffer);
        if (ahead.IsEmpty)
            _ahead = null;
        return new ValueTask<int>(taken);
    }

    // What a peer sends behind its handshake stays in the socket where it does not fit: it costs the peer nothing.
    private ValueTask<int> ReadCountedAsync(HandshakeGate gate, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_left == 0 && !buffer.IsEmpty)
            return ValueTask.FromException<int>(new HandshakeTooLargeException());
        ValueTask<int> read = ReadOnAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        if (!read.IsCompletedSuccessfully)
            return read.IsCompleted ? read : WaitOutsideAsync(read, gate);
        int count = read.GetAwaiter().GetResult();
        _left -= count;
        return new ValueTask<int>(count);
    }

    private ValueTask<int> WaitReadable()
    {
        if (IsReadableNow())
            return new ValueTask<int>(0);
        _readable.Reset();
        Listen();
        return new ValueTask<int>(this, _readable.Version);
    }

    private bool IsReadableNow()
    {
#pragma warning disable CA2012 // Kept in a field while the wait is under way, and consumed once, here or in OnReady.
        while ((_wait = socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None)).IsCompleted)
#pragma warning restore CA2012
        {
            _wait.GetAwaiter().GetResult();
            if (HasBytesOrEnd())
                return true;
        }
        return false;
    }

    private bool HasBytesOrEnd()
    {
        Span<byte> one = stackalloc byte[1];
        socket.Receive(one, SocketFlags.Peek, out SocketError error);
        return error != SocketError.WouldBlock;
    }

    private void Listen() => _wait.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onReady ??= OnReady);

    private void OnReady()
    {
        try
        {
            _wait.GetAwaiter().GetResult();
            if (!HasBytesOrEnd() && !IsReadableNow())
            {
                Listen();
                return;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _readable.SetException(exception);
            return;
        }
        _readable.SetResult(0);
    }

    private async ValueTask<int> WaitOutsideAsync(ValueTask<int> read, HandshakeGate gate)
    {
        gate.Leave();
        try
        {
            int count = await read.ConfigureAwait(false);
            _left -= count;
            return count;
        }
        finally
        {
            await gate.EnterAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask WriteRestAsync(ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        while (rest.Length > 0)
        {
            int sent = await socket.SendAsync(rest, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            rest = rest[sent..];
        }
    }
}
