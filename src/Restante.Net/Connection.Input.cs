using Restante.Net.Loop;
using Restante.Net.Transports;

namespace Restante.Net;

// Reading: wait without a buffer, read into a pooled one, hand frames over while they are whole, keep the rest.
public sealed partial class Connection
{
    private const int MaxReadsPerTurn = 8;
    private const int ReadChunkBytes = 16 * 1024;
    private const int LargeReadChunkBytes = 64 * 1024;

    private Action? _onRead;
    private ValueTask<int> _read;
    private byte[]? _rest;
    private int _restStart;
    private int _restLength;
    private int _bytesNeeded;
    private bool _readPending;

    /// <summary>The read under way, or just finished, goes into the rest; otherwise it only waits.</summary>
    private bool _readFills;

    private bool _readable;
    private bool _presentAgain;
    private bool _largeReads;
    private bool _peerFinished;

    private bool MayRead() => _phase switch
    {
        Phase.Open => Live && _session!.WantsBytes,
        Phase.Closing => !_peerFinished,
        _ => false,
    };

    private void ReadAvailable()
    {
        for (int reads = 0; !_readPending && MayRead();)
        {
            if (_presentAgain)
            {
                Present();
                continue;
            }
            // The turn gives way to others now and then; FinishTurn sees that more is wanted.
            if (reads == MaxReadsPerTurn)
                break;
            if (!_readable)
            {
                BeginRead(fill: false);
            }
            else if (MakeSpace())
            {
                reads++;
                BeginRead(fill: true);
            }
        }
        if (!(_readPending && _readFills))
            TrimRest();
    }

    private void BeginRead(bool fill)
    {
        _readFills = fill;
        Memory<byte> target = fill ? _rest.AsMemory(_restStart + _restLength) : Memory<byte>.Empty;
        try
        {
#pragma warning disable CA2012 // Kept in a field while the read is under way, and consumed once, in FinishRead.
            _read = _transport!.ReadAsync(target);
#pragma warning restore CA2012
        }
#pragma warning disable CA1031 // Whatever the transport fails with ends the connection, classified.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            EndByTransport(exception);
            return;
        }
        if (_read.IsCompleted)
        {
            FinishRead();
            return;
        }
        _readPending = true;
        _read.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onRead ??= OnRead);
    }

    private void OnRead() => SignalInline(TurnSignals.ReadDone);

    private void FinishRead()
    {
        int count;
        ValueTask<int> read = _read;
        _read = default;
        try
        {
            count = read.GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // Whatever the transport fails with ends the connection, classified.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            EndByTransport(exception);
            return;
        }
        _readable = !_readFills;
        if (!_readFills || count == Transport.NothingThere)
            return;
        if (count == 0)
        {
            EndByPeer();
            return;
        }
        Interlocked.Add(ref _bytesReceived, count);
        _settings.Host.Metrics.AddReceived(count);
        _transport!.NoteRead(count);
        _firstBytesDeadlineMs = long.MaxValue;
        if (_phase == Phase.Closing)
            return;
        _largeReads = count >= ReadChunkBytes;
        _restLength += count;
        if (_restLength >= _bytesNeeded)
            Present();
    }

    /// <summary>Hands the rest to the session and takes away what it consumed.</summary>
    private void Present()
    {
        _presentAgain = false;
        if (!Live)
            return;
        int consumed = _session!.Receive(_rest.AsSpan(_restStart, _restLength));
        if ((uint)consumed > (uint)_restLength)
            throw new InvalidOperationException($"The session consumed {consumed} of {_restLength} bytes.");
        _restStart += consumed;
        _restLength -= consumed;
        if (_restLength == 0)
        {
            _restStart = _bytesNeeded = 0;
        }
        else if (_session.WantsBytes)
        {
            _bytesNeeded = Math.Max(_session.MinimumBytesNeeded, _restLength + 1);
        }
        else
        {
            _bytesNeeded = 0;
            _presentAgain = true;
        }
        if (_bytesNeeded > _settings.Limits.MaxInputBytes)
            End(new ConnectionEnd(ConnectionEndReason.InputLimit, "An incomplete frame exceeds the input limit."), reset: true);
        else if (_output is { PendingBytes: >= ReadChunkBytes })
            Flush();
    }

    /// <summary>
    /// Makes room behind the rest. The buffer at most doubles with what has really come, so that a peer that announces much and sends
    /// little costs little.
    /// </summary>
    private bool MakeSpace()
    {
        if (_phase == Phase.Closing)
            _restStart = _restLength = 0;
        int chunk = _largeReads ? LargeReadChunkBytes : ReadChunkBytes;
        int wanted = Math.Min(Math.Max(_bytesNeeded, _restLength + 1), Math.Max(chunk, 2 * _restLength));
        if (_rest is null)
        {
            _rest = _settings.Host.Buffers.Rent(Math.Max(wanted, chunk));
            _restStart = 0;
            return true;
        }
        if (_rest.Length - _restStart >= wanted)
            return true;
        if (_rest.Length >= wanted)
            _rest.AsSpan(_restStart, _restLength).CopyTo(_rest);
        else
            MoveRest(Math.Max(wanted, chunk));
        _restStart = 0;
        return true;
    }

    /// <summary>Before a pause of unknown length: keep no buffer, or one that fits what is kept.</summary>
    private void TrimRest()
    {
        if (_rest is null)
            return;
        if (_restLength == 0)
            ReturnRest();
        else if (_rest.Length > 1024 && _rest.Length / 4 >= _restLength)
            MoveRest(_restLength);
    }

    private void MoveRest(int size)
    {
        byte[] moved = _settings.Host.Buffers.Rent(size);
        _rest.AsSpan(_restStart, _restLength).CopyTo(moved);
        _settings.Host.Buffers.Return(_rest!);
        _rest = moved;
        _restStart = 0;
    }

    private void ReturnRest()
    {
        if (_rest is null)
            return;
        _settings.Host.Buffers.Return(_rest);
        _rest = null;
        _restStart = _restLength = 0;
    }
}
