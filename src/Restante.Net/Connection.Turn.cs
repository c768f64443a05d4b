using Restante.Net.Buffers;
using Restante.Net.Loop;
using Restante.Net.Timing;

namespace Restante.Net;

// The state machine that gives out turns, and what a turn does.
public sealed partial class Connection
{
    private const int MaxRoundsBeforeGivingWay = 8;

    private volatile Phase _phase;
    private long _firstBytesDeadlineMs = long.MaxValue;
    private long _writeDeadlineMs = long.MaxValue;
    private long _closeDeadlineMs = long.MaxValue;
    private long _armedMs = long.MaxValue;

    private enum Phase
    {
        Open,

        /// <summary>Closing: flushing, then waiting for the peer's end; input is discarded.</summary>
        Closing,

        Ended,
    }

    /// <summary>Whether the session may still be called with bytes, ticks and the like.</summary>
    private bool Live => _phase == Phase.Open && (Volatile.Read(ref _signals) & (TurnSignals.Abort | TurnSignals.Close)) == 0;

    void IThreadPoolWorkItem.Execute() => RunTurns();

    void ITimed.DeadlinePassed(long nowMs) => Signal(TurnSignals.Deadline);

    /// <summary>Runs the first turn, in which the session is made, on the calling thread.</summary>
    internal void Start()
    {
        _settings.Set.Add(this);
        _settings.Host.Metrics.ConnectionOpened();
        SignalInline(TurnSignals.Start);
    }

    // Behind what the pool has to do already: whatever that brings home to this connection meanwhile becomes part of the same turn.
    private void Signal(int signal)
    {
        if (Claim(signal))
            _settings.Host.QueueTurn(this);
    }

    private void SignalInline(int signal)
    {
        if (Claim(signal))
            RunTurns();
    }

    private bool Claim(int signal) => (Interlocked.Or(ref _signals, signal | TurnSignals.Running) & TurnSignals.Running) == 0;

    private void RunTurns()
    {
        int thread = Environment.CurrentManagedThreadId;
        for (int round = 0; ; round++)
        {
            if (round == MaxRoundsBeforeGivingWay)
            {
                _settings.Host.QueueTurn(this);
                return;
            }
            int signals = Interlocked.And(ref _signals, TurnSignals.Running);
            Volatile.Write(ref _turnThread, thread);
            RunTurn(signals);
            Volatile.Write(ref _turnThread, 0);
            if (Interlocked.CompareExchange(ref _signals, 0, TurnSignals.Running) == TurnSignals.Running)
                return;
        }
    }

    private void RunTurn(int signals)
    {
        try
        {
            if (_phase == Phase.Ended)
                TurnAfterEnd(signals);
            else
                Turn(signals);
        }
        catch (OutputLimitException exception)
        {
            End(new ConnectionEnd(ConnectionEndReason.OutputLimit, exception.Message), reset: true);
        }
#pragma warning disable CA1031 // A session that throws ends its own connection, never the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            FailSession(exception);
        }
    }

    private void Turn(int signals)
    {
        NoteCompletions(signals);
        if ((signals & TurnSignals.Start) != 0)
        {
            Func<Connection, IConnectionSession> factory = _sessionFactory!;
            _sessionFactory = null;
            _session = factory(this);
        }
        if ((signals & TurnSignals.WriteDone) != 0)
            FinishWrite();
        RunInbox();
        if ((signals & TurnSignals.Abort) != 0)
            End(_abortRequest!.End, reset: true);
        if ((signals & TurnSignals.Close) != 0)
            BeginClose();
        if ((signals & TurnSignals.Drain) != 0 && Live)
            _session!.Drain(_drainReason!);
        if ((signals & TurnSignals.Deadline) != 0)
        {
            _armedMs = long.MaxValue;
            MeetDeadlines(NowMs);
        }
        if ((signals & TurnSignals.ReadDone) != 0 && _phase != Phase.Ended)
            FinishRead();
        ReadAvailable();
        Flush();
        FinishTurn();
    }

    // First of all, so that a session that throws in this turn cannot make a finished operation look pending for ever.
    private void NoteCompletions(int signals)
    {
        if ((signals & TurnSignals.ReadDone) != 0)
            _readPending = false;
        if ((signals & TurnSignals.WriteDone) == 0)
            return;
        _writePending = false;
        _writeDeadlineMs = long.MaxValue;
    }

    /// <summary>What is decided once the output of the turn is on its way: whether to go on, and when to be woken.</summary>
    private void FinishTurn()
    {
        if (_phase == Phase.Ended)
            return;
        if (_outputWasHigh && PendingOutputBytes <= _settings.Limits.ResumeOutputBytes)
        {
            _outputWasHigh = false;
            if (Live)
            {
                _session!.OutputReady();
                AskForMore();
            }
        }
        if (!_readPending && MayRead())
            AskForMore();
        else if (!_writePending && !(_readPending && _readFills))
            _transport!.Idle();
        long deadlineMs = Math.Min(Math.Min(_firstBytesDeadlineMs, _writeDeadlineMs), Math.Min(_closeDeadlineMs, _transport!.NextCheckMs));
        if (Live)
            deadlineMs = Math.Min(deadlineMs, _session!.NextDeadlineMs);
        // A later deadline leaves the armed one in place: when that passes, the later one is armed. So pushing a
        // deadline back with every message costs nothing.
        if (deadlineMs >= _armedMs)
            return;
        _armedMs = deadlineMs;
        _settings.Host.Heartbeat.Arm(this, deadlineMs);
    }

    private void RunInbox()
    {
        _inbox.Collect();
        while (_phase != Phase.Ended && _inbox.Take() is { } work)
            work.Run(_session!);
    }

    private void MeetDeadlines(long nowMs)
    {
        if (nowMs >= _writeDeadlineMs)
            End(new ConnectionEnd(ConnectionEndReason.WriteTimeout, NotTaken), reset: true);
        else if (nowMs >= _closeDeadlineMs)
            EndOfClose();
        else if (nowMs >= _firstBytesDeadlineMs)
            End(new ConnectionEnd(ConnectionEndReason.TimedOut, "No bytes came after the connection was made."), reset: true);
        else if (!_transport!.Check(nowMs, _readPending))
            End(new ConnectionEnd(ConnectionEndReason.PingTimeout, "The peer did not answer a ping."), reset: true);
        else if (Live && nowMs >= _session!.NextDeadlineMs)
            _session.Tick(nowMs);
    }

    private void AskForMore() => Interlocked.Or(ref _signals, TurnSignals.More);
}
