using Restante.Core.Storage;
using Restante.Storage.Conformance.Streams;

namespace Restante.Storage.Conformance.Memory;

/// <summary>
/// The store as a few collections under one lock: short enough to be seen to be right. It is the model that other
/// stores are compared with, and the store of tests that are not about storage.
/// </summary>
public sealed class MemoryGatewayStore : IGatewayStore
{
    private readonly MemoryState _state;
    private readonly MemoryRegistry _registry;
    private int _failNext;
    private bool _closed;
    private volatile bool _unavailable;

    /// <summary>Creates an empty store.</summary>
    /// <param name="limits">What mailboxes may hold; the defaults when null.</param>
    /// <param name="streams">Where streams are kept; in memory when null. Disposed with the store if it can be.</param>
    /// <param name="history">How much history is kept; the defaults when null.</param>
    /// <param name="audit">Where the audit log is kept; in memory when null. Disposed with the store if it can be.</param>
    public MemoryGatewayStore(MailboxLimits? limits = null, IStreamStore? streams = null, HistoryLimits? history = null, IStreamStore? audit = null)
    {
        _state = new MemoryState(limits ?? new MailboxLimits(), CheckWrite);
        _registry = new MemoryRegistry(_state);
        Authorities = new MemoryAuthorities(_state);
        Enrolments = new MemoryEnrolments(_state, _registry);
        Issuers = new MemoryIssuers(_state);
        Mailboxes = new MemoryMailboxes(_state);
        Reports = new MemoryReports(_state);
        Inquiries = new MemoryInquiries(_state);
        Notifications = new MemoryNotifications(_state);
        States = new MemoryStates(_state);
        Jobs = new MemoryJobs(_state);
        Checkpoints = new MemoryCheckpoints(_state);
        History = new MemoryHistory(history ?? new HistoryLimits());
        Shelf = new MemoryShelf(_state);
        Streams = streams ?? new MemoryStreamStore();
        Audit = audit ?? new MemoryStreamStore();
    }

    /// <inheritdoc/>
    public IRegistryStore Registry => _registry;

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
    public IReportStore Reports { get; }

    /// <inheritdoc/>
    public IInquiryStore Inquiries { get; }

    /// <inheritdoc/>
    public INotificationStore Notifications { get; }

    /// <inheritdoc/>
    public IStateStore States { get; }

    /// <inheritdoc/>
    public IJobStore Jobs { get; }

    /// <inheritdoc/>
    public ICheckpointStore Checkpoints { get; }

    /// <inheritdoc/>
    public IHistoryStore History { get; }

    /// <inheritdoc/>
    public IStreamStore Streams { get; }

    /// <inheritdoc/>
    public IStreamStore Audit { get; }

    /// <summary>
    /// While true every durable change of devices and mailboxes is refused with <see cref="StoreUnavailableException"/>. Reads, sessions
    /// and leases go on, as they do in a store whose disk is full; what would have to end durably simply stays, and is not handed out.
    /// </summary>
    public bool Unavailable
    {
        get => _unavailable;
        set => _unavailable = value;
    }

    /// <summary>Told how many devices an import has, before it is done.</summary>
    public Action<int>? Importing
    {
        get => _registry.Importing;
        set => _registry.Importing = value;
    }

    /// <summary>Refuses the next durable changes of devices and mailboxes.</summary>
    /// <param name="calls">How many.</param>
    public void FailNext(int calls = 1)
    {
        lock (_state.Gate)
            _failNext = calls;
    }

    /// <summary>
    /// Behaves as a new process on the same data: sessions and leases are gone, everything else is kept. Opens a closed store again.
    /// </summary>
    public void Restart()
    {
        lock (_state.Gate)
        {
            _closed = false;
            _state.ForgetSessions();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_state.Gate)
            _closed = true;
        if (Streams is IAsyncDisposable streams)
            await streams.DisposeAsync();
        if (Audit is IAsyncDisposable audit)
            await audit.DisposeAsync();
    }

    private void CheckWrite()
    {
        if (_closed)
            throw new StoreUnavailableException("The store is closed.");
        if (_failNext > 0)
        {
            _failNext--;
            throw new StoreUnavailableException("The store was told to fail.");
        }

        if (_unavailable)
            throw new StoreUnavailableException("The store was told to be unavailable.");
    }
}
