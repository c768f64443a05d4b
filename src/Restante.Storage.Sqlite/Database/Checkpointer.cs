using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Restante.Storage.Sqlite.Database;

/// <summary>
/// Copies the write-ahead log into the database on a thread of its own, beside the writer. The log can begin anew only when a pass has
/// caught up with the writer; under steady load that does not happen by itself, so at <see cref="SqliteStoreOptions.MaxWalBytes"/> the
/// writer makes the last, short pass itself while nothing is being written.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private readonly Connection _connection;
    private readonly SqliteStoreOptions _options;
    private readonly ILogger _logger;
    private readonly Thread? _thread;
    private readonly Lock _passes = new();
    private readonly object _signal = new();
    private bool _wanted;
    private bool _closing;
    private long _walBytes;
    private long _sincePass;
    private bool _failing;

    public Checkpointer(Connection connection, SqliteStoreOptions options, ILogger logger)
    {
        _connection = connection;
        _options = options;
        _logger = logger;
        PageSize = (int)connection.Number("PRAGMA page_size");
        Pass(besideWriter: false);
        if (options.Steps is not null)
            return;
        _thread = new Thread(Run) { IsBackground = true, Name = "restante store checkpoints" };
        _thread.Start();
    }

    /// <summary>Bytes in the log that are still needed, as far as is known.</summary>
    public long WalBytes => Volatile.Read(ref _walBytes);

    /// <summary>The size of a page, in bytes.</summary>
    public int PageSize { get; }

    /// <summary>Told by the writer after each commit.</summary>
    /// <param name="pages">Pages the commit wrote.</param>
    public void Written(long pages)
    {
        if (Interlocked.Add(ref _walBytes, pages * PageSize) >= _options.MaxWalBytes)
        {
            Pass(besideWriter: false);
            return;
        }

        if (Interlocked.Add(ref _sincePass, pages * PageSize) < _options.CheckpointBytes)
            return;
        if (_options.Steps is { } steps)
        {
            steps.Beside(() => Pass(besideWriter: true));
            return;
        }

        lock (_signal)
        {
            _wanted = true;
            Monitor.Pulse(_signal);
        }
    }

    /// <summary>Asked by the writer before each commit: false while the log is far too long and cannot be copied.</summary>
    public bool HasRoom()
    {
        if (WalBytes < 2 * _options.MaxWalBytes)
            return true;
        Pass(besideWriter: false);
        return WalBytes < 2 * _options.MaxWalBytes;
    }

    public void Dispose()
    {
        lock (_signal)
        {
            _closing = true;
            Monitor.Pulse(_signal);
        }

        _thread?.Join();
        try
        {
            _connection.Checkpoint(raw.SQLITE_CHECKPOINT_TRUNCATE);
        }
        catch (SqliteFailure failure)
        {
            Log.CheckpointFailed(_logger, failure); // The log is complete and is read again at the next start.
        }

        _connection.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            lock (_signal)
            {
                while (!_wanted && !_closing)
                    Monitor.Wait(_signal);
                if (_closing)
                    return;
                _wanted = false;
            }

            Pass(besideWriter: true);
        }
    }

    /// <summary>
    /// One pass. Only when the writer itself makes it is a log that has been copied known to begin anew; beside the writer it may have
    /// grown meanwhile, and counts in full until the next pass sees its real length.
    /// </summary>
    private void Pass(bool besideWriter)
    {
        lock (_passes)
        {
            try
            {
                long before = WalBytes;
                Interlocked.Exchange(ref _sincePass, 0);
                (int pages, int copied) = _connection.Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE);
                long left = pages <= copied && !besideWriter ? 0 : (long)pages * PageSize;
                Interlocked.Add(ref _walBytes, left - before);
                _failing = false;
            }
            catch (SqliteFailure failure)
            {
                if (!_failing)
                    Log.CheckpointFailed(_logger, failure);
                _failing = true;
            }
        }
    }
}
