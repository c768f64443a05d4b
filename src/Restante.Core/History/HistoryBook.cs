using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Events;
using Restante.Core.Issuing;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.History;

/// <summary>
/// Notes what happens to devices and their messages, and shows it afterwards. What the rows of messages and outcomes say already
/// (accepted, settled, expired) is not noted again: a message that is handed out once and settled makes one entry.
/// </summary>
public sealed class HistoryBook
{
    /// <summary>The most entries one page has.</summary>
    public const int MaxPage = 1_000;

    private const int MaxDroppedPerSweep = 10_000;

    private readonly IHistoryStore _store;
    private readonly IRegistryStore _registry;
    private readonly DeviceScopes _scopes;
    private readonly TimeProvider _time;
    private readonly EventLog _events;
    private readonly CoreMetrics _metrics;
    private readonly ChangeFold _changes;
    private readonly RefusalTally _refusals = new();

    internal HistoryBook(
        IHistoryStore store,
        IRegistryStore registry,
        DeviceScopes scopes,
        TimeProvider time,
        EventLog events,
        CoreMetrics metrics,
        HistoryLimits limits)
    {
        _store = store;
        _registry = registry;
        _scopes = scopes;
        _time = time;
        _events = events;
        _metrics = metrics;
        _changes = new ChangeFold(limits);
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Reads the history of a device, newest entry first. A device that was removed keeps its history as long as it is kept at all.
    /// Refusals: not-found (no such device, and no history of one), malformed, unavailable.
    /// </summary>
    /// <param name="device">The device's id.</param>
    /// <param name="before">Only entries before this place; null for the newest.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<IReadOnlyList<HistoryRecord>>> ReadAsync(string device, long? before, int max)
    {
        if (!DeviceId.TryParse(device, out DeviceId id))
            return Refusal.DeviceNotFound(device.Length <= DeviceId.MaxLength ? device : device[..DeviceId.MaxLength]);
        if (max is < 1 or > MaxPage || before < 1)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} entries, and places begin with 1.");
        try
        {
            IReadOnlyList<HistoryRecord> read = await ReadStoredAsync(id, before ?? long.MaxValue, max);
            if (read.Count == 0 && before is null && await _registry.FindDeviceAsync(id) is null)
                return Refusal.DeviceNotFound(device);
            return Result.Success(read);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Reads the history of a device, for a service: of one that it reaches, and not what a device of that id did before this one was
    /// created. Refusals: those of <see cref="ReadAsync(string, long?, int)"/>.
    /// </summary>
    public async ValueTask<Result<IReadOnlyList<HistoryRecord>>> ReadAsync(ServicePrincipal by, string device, long? before, int max)
    {
        if (by.ReachesAll || !DeviceId.TryParse(device, out DeviceId id))
            return await ReadAsync(device, before, max);
        try
        {
            if (await _scopes.FindAsync(by, id) is not DeviceRecord record)
                return Refusal.DeviceNotFound(device);
            Result<IReadOnlyList<HistoryRecord>> read = await ReadAsync(device, before, max);
            return read.IsSuccess
                ? Result.Success<IReadOnlyList<HistoryRecord>>([.. read.Value.Where(r => r.Entry.AtMs >= record.CreatedAtMs)])
                : read;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Notes that somebody who named a device was refused. Only for devices that exist; many refusals become few entries with a count.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="connection">Where it came from.</param>
    /// <param name="why">One of few fixed sentences, as refusals are counted by it.</param>
    public void Refused(DeviceId device, ConnectionName connection, string why)
    {
        if (_refusals.Add(device, connection, why, NowMs) is HistoryEntry entry)
            _store.Note(entry);
    }

    /// <summary>
    /// Notes a refusal without a look at credentials. Nobody has looked either whether there is such a device: it counts when wrong ones
    /// for it came before.
    /// </summary>
    internal void RefusedUnseen(string? name, ConnectionName connection)
    {
        if (DeviceId.TryParse(name, out DeviceId device) && _refusals.Counts(device, RefusalCauses.WrongCredentials))
            Refused(device, connection, RefusalCauses.Throttled);
    }

    internal ValueTask<IReadOnlyList<HistoryRecord>> ReadStoredAsync(DeviceId device, long before, int max)
    {
        foreach (HistoryEntry entry in _refusals.Take(device))
            _store.Note(entry);
        NoteFolded(_changes.Take(device));
        return _store.ReadAsync(device, before, max);
    }

    internal void Created(DeviceId device) => Note(device, HistoryEvent.Created);

    /// <summary>An enrolment group has created a device; history and event.</summary>
    internal void Enrolled(DeviceId device, EnrolmentGroup group, ConnectionName connection)
    {
        Note(device, HistoryEvent.Created, connection, $"enrolment group {group.Name} ({group.Kind.Name()})");
        _events.Enrolled(device.Value, group, connection);
    }

    internal void Changed(DeviceId device, string what) => Note(device, HistoryEvent.Changed, detail: what);

    internal void Removed(DeviceId device) => Note(device, HistoryEvent.Removed);

    internal void CertificateIssued(IssuedCertificate issued) => _store.Note(new HistoryEntry
    {
        Device = issued.Device,
        AtMs = NowMs,
        Event = HistoryEvent.CertificateIssued,
        RelatedAtMs = issued.UntilMs,
        Detail = issued.Serial,
    });

    internal void CertificateRevoked(IssuedCertificate issued) =>
        Note(issued.Device, HistoryEvent.CertificateRevoked, detail: issued.Serial);

    /// <summary>A connection has begun; history and event, or counted when the device does nothing else.</summary>
    internal void Connected(DevicePrincipal device, ConnectionName connection)
    {
        if (NoteChange(device, HistoryEvent.Connected, connection, device.Authentication))
            _events.Connected(device.Name, connection, device.Authentication);
    }

    /// <inheritdoc cref="Connected"/>
    internal void Disconnected(DevicePrincipal device, ConnectionName connection, string why)
    {
        if (NoteChange(device, HistoryEvent.Disconnected, connection, why))
            _events.Disconnected(device.Name, connection, why);
    }

    /// <inheritdoc cref="Connected"/>
    internal void TakenOver(DevicePrincipal device, ConnectionName newer, ConnectionName older)
    {
        if (NoteChange(device, HistoryEvent.TakenOver, newer, older.ToString()))
            _events.TakenOver(device.Name, newer, older);
    }

    internal void Detached(MailboxSession session, int inHand) => NoteChange(session.Device, new HistoryEntry
    {
        Device = session.Device.Id,
        AtMs = NowMs,
        Event = HistoryEvent.Detached,
        Count = inHand,
        Connection = session.Connection,
    });

    internal void HandedOut(MailboxSession session, IReadOnlyList<LeasedMessage> messages)
    {
        if (messages.Count == 0)
            return;
        session.InHand(messages.Count);
        long now = NowMs;
        ConnectionName connection = session.Connection;
        foreach (LeasedMessage message in messages)
        {
            NoteChange(session.Device, new HistoryEntry
            {
                Device = session.Device.Id,
                AtMs = now,
                Event = HistoryEvent.HandedOut,
                Sequence = message.Sequence,
                Count = message.DeliveryCount,
                RelatedAtMs = message.LeasedUntilMs,
                Connection = connection,
            });
        }
    }

    internal void Released(MailboxSession session, LeaseId lease, string? reason) => NoteOf(session, HistoryEvent.Released, lease, reason);

    internal void Returned(MailboxSession session, LeaseId lease) =>
        NoteChange(session.Device, Of(session, HistoryEvent.Returned, lease, null));

    internal void Lapsed(MailboxSession session, Sequence sequence, int deliveryCount) =>
        NoteOf(session, HistoryEvent.Lapsed, new LeaseId(sequence, deliveryCount), null);

    /// <summary>Writes what waits and drops what is past the limits. Fails as the store does.</summary>
    internal async ValueTask SweepAsync()
    {
        foreach (HistoryEntry entry in _refusals.TakeDue(NowMs))
            _store.Note(entry);
        NoteFolded(_changes.TakeDue(NowMs));
        while ((await _store.SweepAsync(NowMs, MaxDroppedPerSweep)).More)
        {
        }
    }

    private void NoteOf(MailboxSession session, HistoryEvent what, LeaseId lease, string? detail) =>
        _store.Note(Of(session, what, lease, detail));

    private HistoryEntry Of(MailboxSession session, HistoryEvent what, LeaseId lease, string? detail) => new()
    {
        Device = session.Device.Id,
        AtMs = NowMs,
        Event = what,
        Sequence = lease.Sequence,
        Count = lease.DeliveryCount,
        Connection = session.Connection,
        Detail = detail,
    };

    private bool NoteChange(DevicePrincipal device, HistoryEvent what, ConnectionName connection, string? detail) =>
        NoteChange(device, new HistoryEntry { Device = device.Id, AtMs = NowMs, Event = what, Connection = connection, Detail = detail });

    // What a device can repeat at will.
    private bool NoteChange(DevicePrincipal device, in HistoryEntry entry)
    {
        bool isNoted = _changes.Admit(device, entry);
        if (isNoted)
            _store.Note(entry);
        else
            _metrics.ChangeFolded();
        return isNoted;
    }

    private void NoteFolded(List<HistoryEntry> entries)
    {
        foreach (HistoryEntry entry in entries)
        {
            _store.Note(entry);
            string device = entry.Device.Value;
            if (entry.Event == HistoryEvent.Folded)
                _events.Folded(device, entry.Connection, entry.Count);
            else if (entry.Event == HistoryEvent.Connected)
                _events.Connected(device, entry.Connection, entry.Detail);
            else
                _events.Disconnected(device, entry.Connection, entry.Detail ?? "");
        }
    }

    private void Note(DeviceId device, HistoryEvent what, ConnectionName connection = default, string? detail = null) =>
        _store.Note(new HistoryEntry { Device = device, AtMs = NowMs, Event = what, Connection = connection, Detail = detail });
}
