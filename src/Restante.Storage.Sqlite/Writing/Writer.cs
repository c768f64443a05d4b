using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// The one thread that writes. It takes whatever waits, writes it in one transaction and answers all of it; what comes meanwhile is the
/// next batch. There is no timer: an idle store commits at once.
/// </summary>
internal sealed class Writer
{
    private readonly WriteSession _session;
    private readonly ICommitPassenger _passengers;
    private readonly Checkpointer _checkpointer;
    private readonly SqliteStoreOptions _options;
    private readonly StoreMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Thread? _thread;
    private readonly object _gate = new();
    private readonly List<WriteOperation> _batch = [];
    private readonly OperationPool<Answers> _kept = new();
    private Answers _answers;
    private List<WriteOperation> _waiting = [];
    private List<WriteOperation> _taken = [];
    private long _waitingBytes;
    private int _queued;
    private bool _idle;
    private bool _closing;
    private bool _broken;
    private bool _failing;

    public Writer(
        WriteSession session,
        ICommitPassenger passengers,
        Checkpointer checkpointer,
        SqliteStoreOptions options,
        StoreMetrics metrics,
        ILogger logger)
    {
        _session = session;
        _passengers = passengers;
        _checkpointer = checkpointer;
        _options = options;
        _metrics = metrics;
        _logger = logger;
        _answers = NewAnswers();
        if (options.Steps is null)
            _thread = new Thread(Run) { IsBackground = true, Name = "restante store writer" };
    }

    /// <summary>For tests: called with the batch's size before each commit; what it throws fails the commit.</summary>
    public Action<int>? BeforeCommit { get; set; }

    /// <summary>Calls that wait or are being written.</summary>
    public int Queued => Volatile.Read(ref _queued);

    public void Start()
    {
        if (_thread is null)
            _idle = true;
        else
            _thread.Start();
    }

    /// <summary>Queues an operation and returns its task, which has failed already when the queue is full.</summary>
    public ValueTask<T> Submit<T>(AwaitedOperation<T> operation)
    {
        ValueTask<T> task = operation.Task;
        string? refusal = null;
        lock (_gate)
        {
            if (_closing || _broken)
                refusal = _broken ? "The store stopped after a fault of its own; restart it." : "The store is closing.";
            else if (_queued >= _options.MaxQueuedCalls || (_waitingBytes > 0 && _waitingBytes + operation.Bytes > _options.MaxQueuedBytes))
                refusal = "Too much waits for the disk.";
            else
                Add(operation);
        }

        if (refusal is not null)
        {
            _metrics.Refused();
            operation.Undo();
            operation.Fail(new StoreUnavailableException(refusal));
            operation.Complete();
        }

        return task;
    }

    /// <summary>Refuses new operations, writes what waits, and ends the thread.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }

        if (_thread is null)
            Run();
        else
            _thread.Join();
    }

    private void Add(WriteOperation operation)
    {
        _waiting.Add(operation);
        _waitingBytes += operation.Bytes;
        Interlocked.Increment(ref _queued);
        if (!_idle)
            return;
        if (_options.Steps is not { } steps)
        {
            Monitor.Pulse(_gate);
            return;
        }

        _idle = false;
        steps.Write(Step);
    }

    // What the thread would do now, as one of the steps that somebody else gives out.
    private void Step()
    {
        if (_waiting.Count > 0 && Take())
            WriteTaken();
        if (_waiting.Count > 0)
            _options.Steps!.Write(Step);
        else
            _idle = true;
    }

    private void Run()
    {
        while (Take())
            WriteTaken();

        _batch.Clear();
        Write(); // The last delivery counts.
    }

    private void WriteTaken()
    {
        for (int at = 0; at < _taken.Count;)
        {
            _batch.Clear();
            do
                _batch.Add(_taken[at++]);
            while (at < _taken.Count && _batch.Count < _options.MaxBatchCalls && !_batch[0].IsAlone && !_taken[at].IsAlone);
            int size = _batch.Count;
            Write();
            SendAnswers();
            Interlocked.Add(ref _queued, -size);
        }

        _taken.Clear();
    }

    private bool Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_closing)
            {
                _idle = true;
                Monitor.Wait(_gate);
            }

            _idle = false;
            (_waiting, _taken) = (_taken, _waiting);
            _waitingBytes = 0;
            return _taken.Count > 0;
        }
    }

    /// <summary>
    /// Writes the batch. An operation that fails for a reason of its own is taken out and the others are written without it.
    /// </summary>
    private void Write()
    {
        bool alone = _batch.Count > 0 && _batch[0].IsAlone;
        if (!alone)
            _passengers.Take();
        try
        {
            while (!TryWrite(alone))
            {
            }
        }
        catch (Exception failure)
        {
            FailAll(failure);
        }
    }

    /// <returns>False when one operation was taken out and the rest must be written again.</returns>
    private bool TryWrite(bool alone)
    {
        if (_broken)
            throw new StoreUnavailableException("The store stopped after a fault of its own; restart it.");
        if (!_checkpointer.HasRoom())
            throw new StoreUnavailableException("The write-ahead log cannot be copied into the database.");
        long started = Stopwatch.GetTimestamp();
        _session.Begin();
        for (int i = 0; i < _batch.Count; i++)
        {
            if (!Execute(i))
                return false;
        }

        if (!alone)
            _passengers.Write(_session);
        BeforeCommit?.Invoke(_batch.Count);
        long pages = _session.Commit();
        _metrics.Committed(_batch.Count, pages * _checkpointer.PageSize, Stopwatch.GetElapsedTime(started));
        if (_failing)
            Log.Recovered(_logger);
        _failing = false;
        Answer(alone);
        _checkpointer.Written(pages);
        return true;
    }

    private bool Execute(int index)
    {
        WriteOperation operation = _batch[index];
        try
        {
            operation.Execute(_session);
            return true;
        }
        catch (Exception failure) when (failure is not SqliteFailure { IsOfTheStatement: false })
        {
            _session.Rollback(reconnect: false);
            _batch.RemoveAt(index);
            _metrics.Failed(1);
            Log.OperationFailed(_logger, operation.GetType().Name, failure);
            operation.Undo();
            operation.Fail(new StoreUnavailableException("The store could not write this.", failure));
            Finish(operation);
            return false;
        }
    }

    private void Answer(bool alone)
    {
        int answered = 0;
        try
        {
            if (!alone)
                _passengers.Written();
            for (; answered < _batch.Count; answered++)
            {
                WriteOperation operation = _batch[answered];
                operation.Apply();
                Finish(operation);
            }
        }
        catch (Exception failure)
        {
            // Memory and disk differ now. Nothing more may be promised; a restart reads the truth from the disk.
            Log.Broken(_logger, failure);
            lock (_gate)
                _broken = true;
            for (; answered < _batch.Count; answered++)
            {
                _batch[answered].Fail(new StoreUnavailableException("The store stopped after a fault of its own; restart it.", failure));
                Finish(_batch[answered]);
            }
        }
    }

    private void FailAll(Exception failure)
    {
        _session.Rollback(failure is SqliteFailure { SpoilsConnection: true });
        _passengers.Undo();
        if (_batch.Count == 0)
            return;
        _metrics.Failed(_batch.Count);
        if (!_failing)
            Log.CommitFailed(_logger, _batch.Count, failure);
        _failing = true;
        foreach (WriteOperation operation in _batch)
        {
            operation.Undo();
            operation.Fail(new StoreUnavailableException("The store cannot write now.", failure));
            Finish(operation);
        }
    }

    private void Finish(WriteOperation operation)
    {
        _answers.Add(operation);
        if (_answers.IsFull)
            SendAnswers();
    }

    private void SendAnswers()
    {
        _answers.Send();
        _answers = NewAnswers();
    }

    private Answers NewAnswers() => _kept.TryTake(out Answers? kept) ? kept! : new Answers(_kept, _options.Steps);
}
