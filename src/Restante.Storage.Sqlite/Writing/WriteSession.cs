using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// The writer's connection and what a transaction in progress has changed. Used by the writer's thread only.
/// </summary>
internal sealed class WriteSession : IDisposable
{
    private const string InsertMessage = """
        INSERT INTO message (sequence, device, expires_at, kind, enqueued_at, checksum, message_id, sender, content,
            flags, not_before, replace_key, reports_until, origin, job)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    private const string InsertOutcome = """
        INSERT INTO outcome (number, sequence, device, device_number, kind, flags, outcome, reason, message_id, sender, delivery_count,
            enqueued_at, at, reports_until, origin, job)
        SELECT ?, m.sequence, d.id, d.number, m.kind, m.flags, ?, ?, m.message_id, m.sender, ?,
            m.enqueued_at, ?, m.reports_until, m.origin, m.job
        FROM message m JOIN device d ON d.number = m.device WHERE m.sequence = ?
        """;

    private const string Shelve = """
        INSERT INTO dead_letter (device, sequence, expires_at, not_before, checksum, kind, flags, outcome, delivery_count, enqueued_at, at,
            reason, message_id, sender, content)
        SELECT device, sequence, expires_at, not_before, checksum, kind, flags, ?, ?, enqueued_at, ?, ?, message_id, sender, content
        FROM message WHERE sequence = ?
        """;

    // The content stays where it is: a notification that all of its audience rejects is not stored once for each device.
    private const string ShelveNotification = """
        INSERT INTO dead_letter (device, sequence, expires_at, not_before, checksum, kind, flags, outcome, delivery_count, enqueued_at, at,
            reason, message_id, sender)
        SELECT ?, sequence, expires_at, 0, checksum, ?, 0, ?, ?, at, ?, ?, message_id, sender FROM notification WHERE sequence = ?
        """;

    // In the order of shelving, and by sequence what was shelved at one instant. The clock may have been set back meanwhile: an era ends.
    private const string TrimShelf = """
        DELETE FROM dead_letter WHERE place IN
            (SELECT place FROM (SELECT place, at, sequence, sum(is_back) OVER (ORDER BY place) AS era FROM
                (SELECT place, at, sequence, at < lag(at, 1, at) OVER (ORDER BY place) AS is_back FROM dead_letter
                    WHERE device = ?1 AND (SELECT count(*) FROM dead_letter WHERE device = ?1) > ?2))
            ORDER BY era DESC, at DESC, sequence DESC LIMIT -1 OFFSET ?2)
        """;

    private const string DeleteMessage = "DELETE FROM message WHERE sequence = ?";
    private const string DeleteDelivery = "DELETE FROM delivery WHERE sequence = ?";
    private const string PutDelivery =
        "INSERT INTO delivery (sequence, count) VALUES (?, ?) ON CONFLICT (sequence) DO UPDATE SET count = excluded.count";
    private const string PutCounters = "UPDATE counters SET last_sequence = ?, last_outcome = ?, last_untold = ? WHERE id = 1";

    private readonly Func<Connection> _open;
    private readonly int _maxShelved;
    private Connection? _connection;
    private Statement _begin = null!;
    private Statement _commit = null!;
    private Statement _insertMessage = null!;
    private Statement _insertOutcome = null!;
    private Statement _deleteMessage = null!;
    private Statement _deleteDelivery = null!;
    private Statement _putDelivery = null!;
    private Statement _putCounters = null!;
    private long _committedSequence;
    private long _committedOutcome;
    private long _committedUntold;
    private long _shelfOverflow;
    private long _pagesWritten;

    public WriteSession(Func<Connection> open, int maxShelved)
    {
        _open = open;
        _maxShelved = maxShelved;
        Statement counters = Connection.Prepare("SELECT last_sequence, last_outcome, last_untold FROM counters");
        counters.Step();
        LastSequence = _committedSequence = counters.Int64(0);
        LastOutcome = _committedOutcome = counters.Int64(1);
        LastUntold = _committedUntold = counters.Int64(2);
        counters.Reset();
    }

    public Connection Connection => _connection ?? Connect();

    /// <summary>What this transaction has done to mailboxes so far.</summary>
    public TransactionMail Mail { get; } = new();

    /// <summary>The newest sequence number given.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The newest outcome number given.</summary>
    public long LastOutcome { get; private set; }

    /// <summary>The newest number given to an outcome that is not told in the feed; these count downwards from -1.</summary>
    public long LastUntold { get; private set; }

    /// <summary>How many shelved messages have gone because their shelf was full, since the start.</summary>
    public long ShelfOverflows { get; private set; }

    public void Begin()
    {
        _ = Connection;
        Mail.Clear();
        LastSequence = _committedSequence;
        LastOutcome = _committedOutcome;
        LastUntold = _committedUntold;
        _shelfOverflow = 0;
        _begin.Run();
    }

    /// <summary>Commits. Returns how many pages the transaction wrote.</summary>
    public long Commit()
    {
        if (LastSequence != _committedSequence || LastOutcome != _committedOutcome || LastUntold != _committedUntold)
            _putCounters.Bind(1, LastSequence).Bind(2, LastOutcome).Bind(3, LastUntold).Run();
        _commit.Run();
        _committedSequence = LastSequence;
        _committedOutcome = LastOutcome;
        _committedUntold = LastUntold;
        ShelfOverflows += _shelfOverflow;
        long before = _pagesWritten;
        _pagesWritten = Connection.PagesWritten();
        return Math.Max(0, _pagesWritten - before);
    }

    /// <summary>
    /// Takes everything since <see cref="Begin"/> back; a spoilt connection is given up and opened anew for the next transaction.
    /// </summary>
    public void Rollback(bool reconnect)
    {
        _connection?.ResetStatements();
        try
        {
            if (_connection is { IsIdle: false })
                _connection.Execute("ROLLBACK");
        }
        catch (SqliteFailure)
        {
            reconnect = true;
        }

        if (reconnect)
        {
            _connection?.Dispose();
            _connection = null;
        }
    }

    /// <summary>The next sequence number, for what is written elsewhere.</summary>
    public long TakeSequence() => ++LastSequence;

    /// <summary>Writes a message and returns its sequence number.</summary>
    public long Insert(in NewMessage message)
    {
        long sequence = LastSequence + 1;
        EnqueueItem item = message.Item;
        long checksum = MessageChecksum.Of(sequence, message.Device, item.ExpiresAtMs, item.NotBeforeMs, message.Content);
        _insertMessage.Bind(1, sequence).Bind(2, message.Device).Bind(3, item.ExpiresAtMs).Bind(4, (long)item.Kind)
            .Bind(5, message.EnqueuedAtMs).Bind(6, checksum).Bind(7, item.MessageId).Bind(8, item.Sender).Bind(9, message.Content)
            .Bind(10, (long)item.Flags).Bind(11, item.NotBeforeMs).Bind(12, item.ReplaceKey).Bind(13, item.ReportsUntilMs)
            .Bind(14, item.Origin.Value).Bind(15, item.Job).Run();
        LastSequence = sequence;
        Mail.Track(message.Device, 1, message.Content.Length);
        return sequence;
    }

    /// <summary>
    /// Replaces a message by its outcome, and puts it on the shelf if it belongs there. False when there is no such message any more:
    /// then another operation has ended it.
    /// </summary>
    public bool End(in Ending ending, long nowMs)
    {
        if (!PutOutcome(ending, nowMs))
            return false;
        if (ending.IsShelved && _maxShelved > 0)
        {
            Connection.Prepare(Shelve).Bind(1, (long)ending.Outcome).Bind(2, ending.DeliveryCount).Bind(3, nowMs).Bind(4, ending.Reason)
                .Bind(5, ending.Sequence).Run();
            TrimShelfOf(ending.Device);
        }

        _deleteMessage.Bind(1, ending.Sequence).Run();
        return Connection.Changes > 0;
    }

    /// <summary>Puts a notification that has ended for one device on its shelf, if it belongs there.</summary>
    public void ShelveOffered(in Ending ending, long nowMs)
    {
        if (!ending.IsShelved || _maxShelved == 0)
            return;
        Connection.Prepare(ShelveNotification).Bind(1, ending.Device).Bind(2, (long)ending.Kind).Bind(3, (long)ending.Outcome)
            .Bind(4, ending.DeliveryCount).Bind(5, nowMs).Bind(6, ending.Reason).Bind(7, ending.Sequence).Run();
        TrimShelfOf(ending.Device);
    }

    public void ForgetDelivery(long sequence) => _deleteDelivery.Bind(1, sequence).Run();

    public void KeepDelivery(long sequence, int count) => _putDelivery.Bind(1, sequence).Bind(2, count).Run();

    public void Dispose() => _connection?.Dispose();

    private bool PutOutcome(in Ending ending, long nowMs)
    {
        long number = ending.IsTold ? LastOutcome + 1 : LastUntold - 1;
        _insertOutcome.Bind(1, number).Bind(2, (long)ending.Outcome).Bind(3, ending.Reason).Bind(4, ending.DeliveryCount).Bind(5, nowMs)
            .Bind(6, ending.Sequence).Run();
        if (Connection.Changes == 0)
            return false;
        if (ending.IsTold)
            LastOutcome = number;
        else
            LastUntold = number;
        return true;
    }

    private void TrimShelfOf(long device)
    {
        Connection.Prepare(TrimShelf).Bind(1, device).Bind(2, _maxShelved).Run();
        _shelfOverflow += Connection.Changes;
    }

    private Connection Connect()
    {
        Connection connection = _open();
        try
        {
            _begin = connection.Prepare("BEGIN IMMEDIATE");
            _commit = connection.Prepare("COMMIT");
            _insertMessage = connection.Prepare(InsertMessage);
            _insertOutcome = connection.Prepare(InsertOutcome);
            _deleteMessage = connection.Prepare(DeleteMessage);
            _deleteDelivery = connection.Prepare(DeleteDelivery);
            _putDelivery = connection.Prepare(PutDelivery);
            _putCounters = connection.Prepare(PutCounters);
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        _pagesWritten = 0;
        return _connection = connection;
    }
}
