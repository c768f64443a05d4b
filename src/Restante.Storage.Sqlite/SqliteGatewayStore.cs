using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Authorities;
using Restante.Storage.Sqlite.Checkpoints;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Enrolments;
using Restante.Storage.Sqlite.History;
using Restante.Storage.Sqlite.Inquiries;
using Restante.Storage.Sqlite.Issuing;
using Restante.Storage.Sqlite.Jobs;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Notifications;
using Restante.Storage.Sqlite.Registry;
using Restante.Storage.Sqlite.Reports;
using Restante.Storage.Sqlite.Secrets;
using Restante.Storage.Sqlite.Shelf;
using Restante.Storage.Sqlite.States;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite;

/// <summary>
/// The embedded store: one SQLite file with a write-ahead log. One thread writes what waits in one synced transaction; queues,
/// leases and expiries live in memory and are read from the file at the start.
/// </summary>
public sealed class SqliteGatewayStore : IGatewayStore
{
    // A reader drops its pages whenever the writer has committed, so more would only cost the time of dropping them.
    private const long ReaderCacheBytes = 512 * 1024;

    private readonly string _path;
    private readonly DirectoryLock _lock;
    private readonly StoreMetrics _metrics = new();
    private readonly WriteSession _session;
    private readonly Checkpointer _checkpointer;
    private readonly ReaderPool _readers;
    private readonly Writer _writer;
    private readonly ILogger _logger;
    private int _disposed;

    private SqliteGatewayStore(
        SqliteStoreOptions options, DirectoryLock directory, IStreamStore streams, IStreamStore audit, ILogger logger)
    {
        _path = Path.Combine(options.Directory, SqliteStoreOptions.FileName);
        _lock = directory;
        _logger = logger;
        Streams = streams;
        Audit = audit;
        long started = Stopwatch.GetTimestamp();
        var index = new MailboxIndex(options.Limits, options.RecentContentBytes);
        var numbers = new DeviceNumbers();
        var groups = new GroupIndex(options.MaxIndexedMemberships);
        var history = new HistoryBuffer(options.History, _metrics);
        var sealer = new SecretSealer(options.MasterKeys);
        int oldKeys;
        var opened = new List<IDisposable>();
        try
        {
            if (Schema.PrepareFile(_path) is { } log && log.TornEnd > log.End)
                Log.TornTailUnused(logger, _path, log.End, log.TornEnd - log.End);
            using (Connection first = Connection.Open(_path, readOnly: false, options.CacheBytes, options.MaxWalBytes))
            {
                Schema.Prepare(first, _path, options.FullCheckBytes);
                oldKeys = MasterKeyRows.Admit(first, options.MasterKeys, _path);
                using var loader = new MailboxLoader(index, numbers, groups, options.Limits);
                loader.Load(first);
                NotificationRows.Load(first, index.Notifications);
                HistoryRows.Load(first, history);
                InquiryRows.ForgetLeases(first);
            }

            opened.Add(_session = new WriteSession(
                () => Connection.Open(_path, readOnly: false, options.CacheBytes, options.MaxWalBytes), options.Limits.MaxShelved));
            opened.Add(_readers = new ReaderPool(
                () => Connection.Open(_path, readOnly: true, ReaderCacheBytes, options.MaxWalBytes), options.Readers));
            opened.Add(_checkpointer = new Checkpointer(
                Connection.Open(_path, readOnly: false, ReaderCacheBytes, options.MaxWalBytes), options, logger));
        }
        catch (Exception failure)
        {
            foreach (IDisposable one in opened)
                one.Dispose();
            throw Refusal(failure);
        }

        _writer = new Writer(_session, new CommitPassengers(index, history), _checkpointer, options, _metrics, logger);
        var credentials = new SealedCredentials(sealer, _metrics, logger);
        var rows = new RegistryRows(credentials);
        var directoryOfDevices = new DeviceDirectory(numbers, new DeviceCache(options.CachedDevices), groups, rows, _readers);
        var mailboxes = new SqliteMailboxStore(index, directoryOfDevices, _readers, _writer, options.Limits, _metrics, logger);
        Mailboxes = mailboxes;
        Shelf = new SqliteShelfStore(index, _readers, _writer, options.Limits, _metrics, logger);
        var writes = new DeviceWrites(rows);
        Audiences = new AudienceReads(groups, index, rows, _readers);
        var registry = new SqliteRegistryStore(
            index,
            mailboxes,
            directoryOfDevices,
            Audiences,
            rows,
            writes,
            _readers,
            _writer);
        Registry = registry;
        Authorities = new SqliteAuthorityStore(_readers, _writer);
        Enrolments = new SqliteEnrolmentStore(registry, writes, new EnrolmentRows(credentials), _readers, _writer);
        Issuers = new SqliteIssuerStore(sealer, _readers, _writer);
        History = new SqliteHistoryStore(history, _readers, _writer, options.History);
        _metrics.ObserveHistory(() => history.Entries);
        _metrics.ObserveGroups(() => groups.Memberships);
        _metrics.ObserveLooks(() => Audiences.Looks, () => Audiences.Turns.Looks);
        Reports = new SqliteReportStore(_readers, _writer);
        Inquiries = new SqliteInquiryStore(index, options.Limits, _readers, _writer);
        Notifications = new SqliteNotificationStore(index, _readers, _writer, options.Limits);
        States = new SqliteStateStore(_readers, _writer);
        Jobs = new SqliteJobStore(_readers, _writer);
        Checkpoints = new SqliteCheckpointStore(_readers, _writer);
        Secrets = new SecretKeeping(sealer, _readers, _writer, _metrics, _path, oldKeys);
        _metrics.Observe(
            () => _writer.Queued,
            () => index.Totals,
            () => _checkpointer.WalBytes,
            () => _session.ShelfOverflows,
            () => index.Ids.Overflows);
        _writer.Start();
        MailboxTotals totals = index.Totals;
        Log.Opened(
            _logger, _path, index.Devices, totals.Messages, totals.Mailboxes, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <inheritdoc/>
    public IRegistryStore Registry { get; }

    /// <inheritdoc/>
    public IAuthorityStore Authorities { get; }

    /// <inheritdoc/>
    public IEnrolmentStore Enrolments { get; }

    /// <inheritdoc/>
    public IIssuerStore Issuers { get; }

    /// <inheritdoc/>
    public IMailboxStore Mailboxes { get; }

    /// <inheritdoc/>
    public IShelfStore Shelf { get; }

    /// <inheritdoc/>
    public IHistoryStore History { get; }

    /// <inheritdoc/>
    public IReportStore Reports { get; }

    /// <inheritdoc/>
    public IInquiryStore Inquiries { get; }

    /// <inheritdoc/>
    public IStateStore States { get; }

    /// <inheritdoc/>
    public IJobStore Jobs { get; }

    /// <inheritdoc/>
    public ICheckpointStore Checkpoints { get; }

    /// <inheritdoc/>
    public INotificationStore Notifications { get; }

    /// <inheritdoc/>
    public IStreamStore Streams { get; }

    /// <inheritdoc/>
    public IStreamStore Audit { get; }

    /// <summary>The master keys, and what becomes of the secrets when they change.</summary>
    public SecretKeeping Secrets { get; }

    /// <summary>For tests: the looks through the devices.</summary>
    internal AudienceReads Audiences { get; }

    /// <summary>For tests: the writer.</summary>
    internal Writer Writer => _writer;

    /// <summary>For tests: bytes in the write-ahead log that are still needed.</summary>
    internal long WalBytes => _checkpointer.WalBytes;

    /// <summary>Opens the store of a directory, or creates it.</summary>
    /// <param name="options">Where it is and how it is kept.</param>
    /// <param name="streams">The streams to show beside it; disposed with the store if they can be, also when opening fails.</param>
    /// <param name="audit">The audit log to show beside it; disposed like the streams.</param>
    /// <param name="logger">Where it tells what happens.</param>
    /// <exception cref="StoreOpenException">The directory is in use, or the file is damaged, foreign or of a newer version.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static async ValueTask<SqliteGatewayStore> OpenAsync(
        SqliteStoreOptions options, IStreamStore streams, IStreamStore audit, ILogger logger)
    {
        try
        {
            options.Validate();
            return await Task.Run(() => Open(options, streams, audit, logger));
        }
        catch
        {
            await DisposeStreams(streams);
            await DisposeStreams(audit);
            throw;
        }
    }

    /// <summary>Writes what waits, closes the file and disposes the streams.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await Task.Run(Close);
        await DisposeStreams(Streams);
        await DisposeStreams(Audit);
        Log.Closed(_logger, _path);
    }

    private static SqliteGatewayStore Open(SqliteStoreOptions options, IStreamStore streams, IStreamStore audit, ILogger logger)
    {
        DirectoryLock directory = DirectoryLock.Take(options.Directory);
        try
        {
            return new SqliteGatewayStore(options, directory, streams, audit, logger);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static async ValueTask DisposeStreams(IStreamStore streams)
    {
        if (streams is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else if (streams is IDisposable disposable)
            disposable.Dispose();
    }

    private Exception Refusal(Exception failure) => failure switch
    {
        SqliteFailure { IsDamage: true } => Schema.Damaged(_path, failure.Message, failure),
        InvalidDataException => Schema.Damaged(_path, failure.Message, failure),
        FormatException or ArgumentException or NullReferenceException or OverflowException =>
            Schema.Damaged(_path, $"a row of it makes no sense ({failure.Message.TrimEnd('.')})", failure),
        SqliteFailure or IOException or UnauthorizedAccessException => new StoreOpenException(
            $"The store '{_path}' cannot be opened: {failure.Message}. Check that the disk has room and the file belongs to this user.",
            failure),
        _ => failure,
    };

    private void Close()
    {
        _writer.Close();
        _readers.Dispose();
        _session.Dispose();
        _checkpointer.Dispose();
        _metrics.Dispose();
        _lock.Dispose();
    }
}
