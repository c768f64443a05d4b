using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Restante.Net;

/// <summary>
/// The bytes below a WebSocket of the gateway's side. Puts pings between the frames that the WebSocket writes, each with one call, and
/// counts what passes, so that it is known whether the peer is there. The WebSocket itself answers pings and passes over pongs.
/// </summary>
/// <param name="inner">The bytes below the upgrade; closed with this stream.</param>
public sealed class WebSocketStream(Stream inner) : Stream
{
    // [RFC 6455 5.5.2] A whole ping without content, unmasked as a server's frames are.
    private static readonly byte[] s_ping = [0x89, 0x00];

    private readonly SemaphoreSlim _writing = new(1, 1);
    private TimeSpan _patience = Timeout.InfiniteTimeSpan;
    private TimeProvider _time = TimeProvider.System;
    private int _heard;
    private int _written;

    /// <inheritdoc/>
    public override bool CanRead => inner.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => inner.CanWrite;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Changes whenever bytes of the peer have come, whatever they are.</summary>
    internal int Heard => Volatile.Read(ref _heard);

    /// <summary>Changes whenever a frame was written, pings not counted.</summary>
    internal int Written => Volatile.Read(ref _written);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count > 0)
            Interlocked.Increment(ref _heard);
        return count;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_writing.Wait(0, CancellationToken.None))
            await _writing.WaitAsync(cancellationToken).WaitAsync(_patience, _time, cancellationToken).ConfigureAwait(false);
        try
        {
            ValueTask write = inner.WriteAsync(buffer, cancellationToken);
            if (write.IsCompleted)
                await write.ConfigureAwait(false);
            else
                await write.AsTask().WaitAsync(_patience, _time, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _written);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>
    /// Bounds how long a frame may take to be written. The WebSocket writes frames of its own, answers to pings, of which the connection
    /// loop does not know: a peer that pings and reads nothing would be waited for without end.
    /// </summary>
    /// <param name="patience">How long; a longer write fails with a <see cref="TimeoutException"/>, and leaves the stream broken.</param>
    /// <param name="time">The clock.</param>
    internal void Limit(TimeSpan patience, TimeProvider time)
    {
        _patience = patience;
        _time = time;
    }

    /// <summary>Sends a ping, unless a frame is being written: what waits for the peer to read would only grow.</summary>
    internal void Ping()
    {
        if (_writing.Wait(0, CancellationToken.None))
            _ = PingAsync();
    }

    /// <inheritdoc/>
    [SuppressMessage("Usage", "CA2215", Justification = "The base class has nothing to release.")]
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
    }

    private async Task PingAsync()
    {
        try
        {
            await inner.WriteAsync(s_ping).ConfigureAwait(false);
            await inner.FlushAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The read under way fails for the same cause, and that ends the connection.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Nothing is left to be done for a peer that is gone.
        }
        finally
        {
            _writing.Release();
        }
    }
}
