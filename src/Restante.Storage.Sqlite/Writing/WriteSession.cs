using System.Runtime.InteropServices;
using Restante.Core.Mailboxes;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// The writer's connection and what a transaction in progress has changed. Used by the writer's thread only.
/// </summary>
internal sealed class WriteSession : IDisposable
{
    private const string InsertMessage =
        "INSERT INTO message (sequence, device, expires_at, kind, enqueued_at, checksum, message_id, sender, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private const string InsertOutcome = """
        INSERT INTO outcome (number, sequence, device, kind, outcome, reason, message_id, sender, delivery_count, enqueued_at, at)
        SELECT ?, m.sequence, d.id, m.kind, ?, ?, m.message_id, m.sender, ?, m.enqueued_at, ?
        FROM message m JOIN device d ON d.number = m.device WHERE m.sequence = ?
        """;

    private const string DeleteMessage = "DELETE FROM message WHERE sequence = ?";
    private const string DeleteDelivery = "DELETE FROM delivery WHERE sequence = ?";
    private const string PutDelivery = "INSERT INTO delivery (sequence, count) VALUES (?, ?) ON CONFLICT (sequence) DO UPDATE SET count = excluded.count";
    private const string PutCounters = "UPDATE counters SET last_sequence = ?, last_outcome = ? WHERE id = 1";

    private readonly Func<Connection> _open;
    private readonly Dictionary<long, (int Messages, long Bytes)> _pending = [];
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
    private long _pagesWritten;

    public WriteSession(Func<Connection> open)
    {
        _open = open;
        Statement counters = Connection.Prepare("SELECT last_sequence, last_outcome FROM counters");
        counters.Step();
        LastSequence = _committedSequence = counters.Int64(0);
        LastOutcome = _committedOutcome = counters.Int64(1);
        counters.Reset();
    }

    public Connection Connection => _connection ?? Connect();

    /// <summary>The newest sequence number given.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The newest outcome number given.</summary>
    public long LastOutcome { get; private set; }

    public void Begin()
    {
        _ = Connection;
        _pending.Clear();
        LastSequence = _committedSequence;
        LastOutcome = _committedOutcome;
        _begin.Run();
    }

    /// <summary>Commits. Returns how many pages the transaction wrote.</summary>
    public long Commit()
    {
        if (LastSequence != _committedSequence || LastOutcome != _committedOutcome)
            _putCounters.Bind(1, LastSequence).Bind(2, LastOutcome).Run();
        _commit.Run();
        _committedSequence = LastSequence;
        _committedOutcome = LastOutcome;
        long before = _pagesWritten;
        _pagesWritten = Connection.PagesWritten();
        return Math.Max(0, _pagesWritten - before);
    }

    /// <summary>Takes everything since <see cref="Begin"/> back; a spoilt connection is given up and opened anew for the next transaction.</summary>
    public void Rollback(bool reconnect)
    {
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

    /// <summary>Writes a message and returns its sequence number.</summary>
    public long Insert(in NewMessage message)
    {
        long sequence = LastSequence + 1;
        _insertMessage.Bind(1, sequence).Bind(2, message.Device).Bind(3, message.Item.ExpiresAtMs).Bind(4, (long)message.Item.Kind)
            .Bind(5, message.EnqueuedAtMs).Bind(6, MessageChecksum.Of(sequence, message.Device, message.Item.ExpiresAtMs, message.Content))
            .Bind(7, message.Item.MessageId).Bind(8, message.Item.Sender).Bind(9, message.Content).Run();
        LastSequence = sequence;
        Track(message.Device, 1, message.Content.Length);
        return sequence;
    }

    /// <summary>
    /// Replaces a message by its outcome. False when there is no such message any more: then another operation has ended it.
    /// </summary>
    public bool End(long sequence, Outcome outcome, string? reason, int deliveryCount, long nowMs)
    {
        _insertOutcome.Bind(1, LastOutcome + 1).Bind(2, (long)outcome).Bind(3, reason).Bind(4, deliveryCount).Bind(5, nowMs).Bind(6, sequence).Run();
        if (Connection.Changes == 0)
            return false;
        LastOutcome++;
        _deleteMessage.Bind(1, sequence).Run();
        return true;
    }

    public void ForgetDelivery(long sequence) => _deleteDelivery.Bind(1, sequence).Run();

    public void KeepDelivery(long sequence, int count) => _putDelivery.Bind(1, sequence).Bind(2, count).Run();

    /// <summary>Notes what this transaction adds to a mailbox, or takes from it.</summary>
    public void Track(long device, int messages, long bytes)
    {
        ref (int Messages, long Bytes) pending = ref CollectionsMarshal.GetValueRefOrAddDefault(_pending, device, out _);
        pending.Messages += messages;
        pending.Bytes += bytes;
    }

    /// <summary>What this transaction has added to a mailbox so far.</summary>
    public (int Messages, long Bytes) Pending(long device) => _pending.GetValueOrDefault(device);

    public void Dispose() => _connection?.Dispose();

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
