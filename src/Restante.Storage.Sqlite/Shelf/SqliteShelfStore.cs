using Microsoft.Extensions.Logging;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Shelf;

/// <summary>
/// The dead-letter shelves of the embedded store. A message whose bytes were damaged on the shelf is shown, but not sent again.
/// </summary>
internal sealed class SqliteShelfStore(
    MailboxIndex index, ReaderPool readers, Writer writer, MailboxLimits limits, StoreMetrics metrics, ILogger logger) : IShelfStore
{
    private const string DeleteOne = "DELETE FROM dead_letter WHERE device = ? AND sequence = ?";
    private const string DeleteOfDevice = "DELETE FROM dead_letter WHERE device = ?";

    public ValueTask<IReadOnlyList<ShelvedMessage>> ListAsync(DeviceNumber device, Sequence after, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return StoreRead.Of<IReadOnlyList<ShelvedMessage>>(() =>
        {
            List<(ShelvedMessage Message, bool Intact)> rows =
                readers.Read((device, after, max), static (c, x) => ShelfRows.List(c, x.device.Value, x.after.Value, x.max));
            return rows.ConvertAll(Show);
        });
    }

    public ValueTask<ShelvedMessage?> FindAsync(DeviceNumber device, Sequence sequence) => StoreRead.Of(() =>
    {
        (ShelvedMessage Message, bool Intact)? found =
            readers.Read((device, sequence), static (c, x) => ShelfRows.Read(c, x.device.Value, x.sequence.Value));
        return found is { } row ? Show(row) : null;
    });

    public ValueTask<bool> DeleteAsync(DeviceNumber device, Sequence sequence) =>
        writer.Submit(new SimpleOperation<bool>(session => Delete(session.Connection, device.Value, sequence.Value)));

    public ValueTask<int> DeleteAllAsync(DeviceNumber device) => writer.Submit(new SimpleOperation<int>(session =>
    {
        session.Connection.Prepare(DeleteOfDevice).Bind(1, device.Value).Run();
        return session.Connection.Changes;
    }));

    public ValueTask<EnqueueResult?> ResendAsync(DeviceNumber device, Sequence sequence, long expiresAtMs, long nowMs)
    {
        var insertions = new Insertions(index, limits);
        return writer.Submit(new SimpleOperation<EnqueueResult?>(
            session => Resend(session, insertions, device, sequence, expiresAtMs, nowMs),
            _ => insertions.Apply(),
            undo: insertions.Undo));
    }

    private static bool Delete(Connection connection, long device, long sequence)
    {
        connection.Prepare(DeleteOne).Bind(1, device).Bind(2, sequence).Run();
        return connection.Changes > 0;
    }

    private EnqueueResult? Resend(
        WriteSession session, Insertions insertions, DeviceNumber device, Sequence sequence, long expiresAtMs, long nowMs)
    {
        insertions.Begin();
        if (ShelfRows.Read(session.Connection, device.Value, sequence.Value) is not { } row)
            return null;
        if (!row.Intact)
        {
            NoteDamage(sequence);
            return null;
        }

        ShelvedMessage shelved = row.Message;
        var item = new EnqueueItem
        {
            Device = default,
            Kind = shelved.Kind,
            Content = shelved.Content,
            ExpiresAtMs = expiresAtMs,
            MessageId = shelved.MessageId,
            Sender = shelved.Sender,
            Flags = shelved.Flags,
            Origin = sequence,
        };
        EnqueueResult result = insertions.Insert(session, device.Value, item, shelved.Content.ToArray(), nowMs);
        if (result.Status == EnqueueStatus.Enqueued)
            Delete(session.Connection, device.Value, sequence.Value);
        return result;
    }

    private ShelvedMessage Show((ShelvedMessage Message, bool Intact) row)
    {
        if (!row.Intact)
            NoteDamage(row.Message.Sequence);
        return row.Message;
    }

    private void NoteDamage(Sequence sequence)
    {
        metrics.Damaged();
        Log.ShelvedDamaged(logger, sequence.Value);
    }
}
