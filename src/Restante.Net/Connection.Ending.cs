using System.Net.Sockets;
using System.Net.WebSockets;
using Restante.Net.Buffers;
using Restante.Net.Loop;
using Restante.Net.Transports;

namespace Restante.Net;

// The ways a connection ends, each through End, and the giving back of what it held.
public sealed partial class Connection
{
    private const string NotTaken = "The peer did not take what was written in time.";

    private void BeginClose()
    {
        if (_phase != Phase.Open)
            return;
        _phase = Phase.Closing;
        _closeDeadlineMs = NowMs + _settings.CloseTimeoutMs;
        _firstBytesDeadlineMs = long.MaxValue;
        _presentAgain = false;
        _bytesNeeded = 0;
    }

    private void EndByPeer()
    {
        if (_phase == Phase.Open)
        {
            End(new ConnectionEnd(ConnectionEndReason.PeerClosed, "The peer closed the connection."), reset: false);
            return;
        }
        // It may have closed its sending side only: what is being flushed can still arrive.
        _peerFinished = true;
        if (_finished)
            EndOfClose();
    }

    /// <summary>The close is over: done when everything had been handed to the kernel.</summary>
    private void EndOfClose()
    {
        if (_finished)
            End(new ConnectionEnd(ConnectionEndReason.Completed, _closeReason!), reset: false);
        else
            End(new ConnectionEnd(ConnectionEndReason.CloseTimeout, "The peer did not take the last bytes in time."), reset: true);
    }

    private void EndByTransport(Exception exception)
    {
        string type = exception.GetType().Name;
        if (_phase == Phase.Closing && _finished)
        {
            EndOfClose();
            return;
        }
        if (exception.GetBaseException() is TimeoutException)
        {
            End(new ConnectionEnd(ConnectionEndReason.WriteTimeout, NotTaken, type), reset: true);
            return;
        }
        if (exception is WebSocketException { WebSocketErrorCode: WebSocketError.ConnectionClosedPrematurely })
        {
            End(new ConnectionEnd(ConnectionEndReason.PeerReset, "The peer left without closing its WebSocket.", type), reset: true);
            return;
        }
        SocketError? error = (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode;
        ConnectionEnd end = error switch
        {
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
                new ConnectionEnd(ConnectionEndReason.PeerReset, "The peer reset the connection.", type),
            SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown =>
                new ConnectionEnd(ConnectionEndReason.PeerReset, "The network lost the peer.", type),
            { } other => new ConnectionEnd(ConnectionEndReason.TransportFault, $"Socket error {other}.", type),
            null => new ConnectionEnd(ConnectionEndReason.TransportFault, "The transport failed: " + exception.Message, type),
        };
        End(end, reset: true);
    }

    private void FailSession(Exception exception)
    {
        if (_phase != Phase.Ended)
            _settings.Host.LogSessionFault(this, exception);
        End(new ConnectionEnd(ConnectionEndReason.SessionFault, "The session failed.", exception.GetType().Name), reset: true);
    }

    private void End(ConnectionEnd end, bool reset)
    {
        if (_phase == Phase.Ended)
            return;
        _phase = Phase.Ended;
        CloseTransport(_transport!, reset);
        _settings.Host.Heartbeat.Arm(this, long.MaxValue);
        _inbox.Seal();
        while (_inbox.Take() is { } work)
            RunBeforeEnd(work);
        if (_session is not null)
            TellClosed(_session, end);
        _session = null;
        _sessionFactory = null;
        _settings.Host.Metrics.ConnectionEnded(end.Reason);
        _settings.Set.Remove(this);
        ReleaseWhenQuiet();
    }

    // Whatever the transport does, the session is told and the place is given back.
    private void CloseTransport(Transport transport, bool reset)
    {
        try
        {
            transport.Close(reset);
        }
#pragma warning disable CA1031 // The connection ends all the same.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _settings.Host.LogTransportFault(this, exception);
        }
    }

    // What was accepted by Post runs, even when the connection ends before its turn came.
    private void RunBeforeEnd(TurnWork work)
    {
        try
        {
            if (_session is null)
                work.Drop();
            else
                work.Run(_session);
        }
        catch (OutputLimitException)
        {
            // Nothing that is written now is sent anyway.
        }
#pragma warning disable CA1031 // One failing action must not keep the others, or the end, from the session.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _settings.Host.LogSessionFault(this, exception);
        }
    }

    private void TellClosed(IConnectionSession session, ConnectionEnd end)
    {
        try
        {
            session.Closed(end);
        }
#pragma warning disable CA1031 // The end goes on whatever the session does with the news.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _settings.Host.LogSessionFault(this, exception);
        }
    }

    private void TurnAfterEnd(int signals)
    {
        NoteCompletions(signals);
        ReleaseWhenQuiet();
    }

    private static void Observe(ref ValueTask<int> pending)
    {
        ValueTask<int> operation = pending;
        pending = default;
        try
        {
            _ = operation.GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // The socket was closed under it: failing is what it does now.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Its outcome does not matter any more; taking it gives its source back.
        }
    }

    /// <summary>Buffers go back to the pool only when no read or write can touch them any more.</summary>
    private void ReleaseWhenQuiet()
    {
        if (_readPending || _writePending || _transport is null)
            return;
        Observe(ref _read);
        Observe(ref _write);
        _transport.Release();
        _transport = null;
        ReturnRest();
        ReturnOutput();
    }
}
