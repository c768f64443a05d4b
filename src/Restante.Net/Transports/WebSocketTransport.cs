using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Restante.Net.Transports;

/// <summary>
/// A WebSocket as a stream of bytes. Both directions are binary messages whose boundaries mean nothing; a frame is never kept, whatever its
/// size. Text, and messages without end, are answered with a closing frame that says so.
/// </summary>
/// <param name="socket">The WebSocket, open; it becomes the transport's.</param>
/// <param name="limits">For the time that closing may take.</param>
/// <param name="maxMessageBytes">Bytes that one message of the peer may have.</param>
/// <param name="pulse">What looks after the peer; null when nobody does.</param>
/// <param name="time">The clock for closing.</param>
internal sealed class WebSocketTransport(
    WebSocket socket, ConnectionLimits limits, long maxMessageBytes, PeerPulse? pulse, TimeProvider time) : Transport
{
    // [RFC 6455 5.5] A control frame has 125 bytes, two of them for the code.
    private const int MaxReasonBytes = 123;

    private readonly TaskCompletionSource<bool> _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<bool> _closing = Task.FromResult(true);
    private long _messageBytes;
    private Violation? _violation;
    private bool _peerClosed;
    private int _reads;

    /// <summary>
    /// Ends when nothing uses the WebSocket any more. The result is whether both sides closed it, or it was cut. Fails when closing it did.
    /// </summary>
    public Task<bool> Gone => _gone.Task;

    public override long NextCheckMs => pulse?.NextMs ?? long.MaxValue;

    public override bool Check(long nowMs, bool isReading) => pulse is null || pulse.Check(nowMs, isReading ? _reads : 0);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        _reads = _reads == int.MaxValue ? 1 : _reads + 1;
        while (!_peerClosed)
        {
            ValueWebSocketReceiveResult result = await ReceiveAsync(buffer).ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                _peerClosed = true;
                break;
            }
            Check(result);
            if (result.Count > 0)
                return result.Count;
            if (!buffer.IsEmpty)
                return NothingThere;
            if (!result.EndOfMessage)
                return 0;
            // A message without bytes: go on waiting without a buffer, and let others have the thread.
            await Task.Yield();
        }
        return 0;
    }

    public override ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        ValueTask write = socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        if (!write.IsCompletedSuccessfully)
            return AwaitWrite(write, bytes.Length);
        write.GetAwaiter().GetResult();
        return new ValueTask<int>(bytes.Length);
    }

    public override async ValueTask<int> FinishAsync(bool goingAway, string reason)
    {
        pulse?.Stop();
        WebSocketCloseStatus status = goingAway ? WebSocketCloseStatus.EndpointUnavailable : WebSocketCloseStatus.NormalClosure;
        await socket.CloseOutputAsync(status, Shorten(reason), CancellationToken.None).ConfigureAwait(false);
        return 0;
    }

    public override void Close(bool reset)
    {
        if (_violation is { } violation)
        {
            _closing = InTimeAsync(cancel => socket.CloseAsync(violation.Status, violation.Reason, cancel));
        }
        else if (!_peerClosed)
        {
            _closing = Task.FromResult(false);
            socket.Abort();
        }
        else if (socket.State == WebSocketState.CloseReceived)
        {
            _closing = InTimeAsync(cancel => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancel));
        }
    }

    public override void Release() => _ = ReleaseAsync();

    private async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, CancellationToken.None).ConfigureAwait(false);
        }
        catch (WebSocketException exception) when (exception.WebSocketErrorCode == WebSocketError.Faulted)
        {
            throw Violate(WebSocketCloseStatus.ProtocolError, "The peer violated the WebSocket protocol.");
        }
    }

    private void Check(ValueWebSocketReceiveResult result)
    {
        if (result.MessageType == WebSocketMessageType.Text)
            throw Violate(WebSocketCloseStatus.InvalidMessageType, "Text is not understood here; send binary messages.");
        _messageBytes += result.Count;
        if (_messageBytes > maxMessageBytes)
            throw Violate(WebSocketCloseStatus.MessageTooBig, $"A message may have {maxMessageBytes} bytes; send smaller ones.");
        if (result.EndOfMessage)
            _messageBytes = 0;
    }

    private WebSocketException Violate(WebSocketCloseStatus status, string reason)
    {
        _violation = new Violation(status, reason);
        return new WebSocketException(WebSocketError.InvalidMessageType, reason);
    }

    private async Task<bool> InTimeAsync(Func<CancellationToken, Task> close)
    {
        using CancellationTokenSource timeout = new(limits.CloseTimeout, time);
        try
        {
            await close(timeout.Token).ConfigureAwait(false);
            return socket.State == WebSocketState.Closed;
        }
        catch (Exception exception) when (
            exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException
                or InvalidOperationException)
        {
            // The peer is gone or takes nothing: the last word is lost, the connection ends all the same.
            socket.Abort();
            return false;
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            bool closed = await _closing.ConfigureAwait(false);
            socket.Dispose();
            _gone.SetResult(closed);
        }
#pragma warning disable CA1031 // Whoever waits for the end is told of the fault; nobody else awaits this.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _gone.SetException(exception);
        }
    }

    private static async ValueTask<int> AwaitWrite(ValueTask write, int count)
    {
        await write.ConfigureAwait(false);
        return count;
    }

    private static string Shorten(string reason)
    {
        int length = Math.Min(reason.Length, MaxReasonBytes);
        while (Encoding.UTF8.GetByteCount(reason.AsSpan(0, length)) > MaxReasonBytes
            || (length > 0 && char.IsHighSurrogate(reason[length - 1])))
            length--;
        return reason[..length];
    }

    private sealed record Violation(WebSocketCloseStatus Status, string Reason);
}
