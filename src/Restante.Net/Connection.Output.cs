using System.Buffers;
using Restante.Net.Buffers;
using Restante.Net.Loop;

namespace Restante.Net;

// Writing: the session fills a queue, the turn alone flushes it.
public sealed partial class Connection
{
    private Action? _onWrite;
    private ValueTask<int> _write;
    private OutputQueue? _output;
    private long _pendingOutputBytes;
    private bool _writePending;
    private bool _finishStarted;
    private bool _finished;

    /// <summary>Pending output has been above the resume mark and the session has not been told that it fell.</summary>
    private bool _outputWasHigh;

    void IBufferWriter<byte>.Advance(int count)
    {
        RequireTurn();
        if (_output is null)
            throw new InvalidOperationException("Advance needs a span or memory taken in the same turn.");
        _output.Advance(count);
        _pendingOutputBytes = _output.PendingBytes;
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => OutputInTurn().GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => OutputInTurn().GetSpan(sizeHint);

    private OutputQueue OutputInTurn()
    {
        RequireTurn();
        return _output ??= OutputQueue.Rent(_settings.Host.Buffers, _settings.Limits.MaxPendingOutputBytes);
    }

    private void Flush()
    {
        if (_output is { IsExceeded: true })
        {
            End(
                new ConnectionEnd(ConnectionEndReason.OutputLimit, "The peer does not read: the cap on pending output is reached."),
                reset: true);
            return;
        }
        if (PendingOutputBytes > _settings.Limits.ResumeOutputBytes)
            _outputWasHigh = true;
        while (!_writePending && _phase != Phase.Ended)
        {
            if (_output is { PendingBytes: > 0 } && !_finishStarted)
            {
                BeginWrite(finish: false);
            }
            else if (_phase == Phase.Closing && !_finishStarted)
            {
                _finishStarted = true;
                BeginWrite(finish: true);
            }
            else
            {
                break;
            }
        }
        if (PendingOutputBytes > _settings.Limits.MaxPendingOutputBytes && _phase != Phase.Ended)
            End(
                new ConnectionEnd(ConnectionEndReason.OutputLimit, "The peer does not read: the cap on pending output is reached."),
                reset: true);
        else if (!_writePending && (_finishStarted || PendingOutputBytes == 0))
            ReturnOutput();
    }

    private void BeginWrite(bool finish)
    {
        try
        {
#pragma warning disable CA2012 // Kept in a field while the write is under way, and consumed once, in FinishWrite.
            _write = finish ? _transport!.FinishAsync(_drainReason is not null, _closeReason!) : _transport!.WriteAsync(_output!.Front);
#pragma warning restore CA2012
        }
#pragma warning disable CA1031 // Whatever the transport fails with ends the connection, classified.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            EndByTransport(exception);
            return;
        }
        if (_write.IsCompleted)
        {
            FinishWrite();
            return;
        }
        _writePending = true;
        _writeDeadlineMs = NowMs + _settings.WriteTimeoutMs;
        _write.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onWrite ??= OnWrite);
    }

    private void OnWrite() => SignalInline(TurnSignals.WriteDone);

    private void FinishWrite()
    {
        int count;
        ValueTask<int> write = _write;
        _write = default;
        try
        {
            count = write.GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // Whatever the transport fails with ends the connection, classified.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            EndByTransport(exception);
            return;
        }
        if (_finishStarted)
        {
            _finished = true;
            if (_peerFinished)
                EndOfClose();
            return;
        }
        _output!.Consume(count);
        _pendingOutputBytes = _output.PendingBytes;
        Interlocked.Add(ref _bytesSent, count);
        _settings.Host.Metrics.AddSent(count);
    }

    private void ReturnOutput()
    {
        if (_output is null)
            return;
        OutputQueue.Return(_output);
        _output = null;
        _pendingOutputBytes = 0;
    }
}
