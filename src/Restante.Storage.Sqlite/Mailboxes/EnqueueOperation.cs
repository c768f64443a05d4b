using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Appends messages to mailboxes. Depth and size are checked in the order of the queue, what the same transaction did before included.</summary>
internal sealed class EnqueueOperation(MailboxIndex index, MailboxLimits limits, OperationPool<EnqueueOperation> pool)
    : AwaitedOperation<EnqueueResult[]>
{
    private const int MaxKeptItems = 64;
    private const int Overhead = 256;

    private Part[] _parts = new Part[1];
    private EnqueueResult[] _results = [];
    private int _count;
    private long _nowMs;
    private long _bytes;

    public override long Bytes => _bytes;

    public void Begin(int count, long nowMs)
    {
        if (_parts.Length < count)
            _parts = new Part[count];
        _results = new EnqueueResult[count];
        _count = 0;
        _bytes = 0;
        _nowMs = nowMs;
    }

    /// <summary>Adds a message.</summary>
    /// <param name="item">The message; its content is copied.</param>
    /// <param name="device">The device that has this id now; 0 when there is none.</param>
    public void Add(EnqueueItem item, long device)
    {
        byte[] content = item.Content.ToArray();
        _parts[_count++] = new Part(item, content, device);
        _bytes += content.Length + Overhead;
    }

    public override void Execute(WriteSession session)
    {
        for (int i = 0; i < _count; i++)
            _results[i] = Enqueue(session, ref _parts[i]);
    }

    public override void Apply()
    {
        for (int i = 0; i < _count; i++)
        {
            if (_results[i].Status != EnqueueStatus.Enqueued)
                continue;
            ref Part part = ref _parts[i];
            index.ShardOf(part.Device).Append(
                part.Device, _results[i].Sequence.Value, part.Item.ExpiresAtMs, part.Content.Length, 0,
                new StoredContent(part.Item.Kind, part.Item.MessageId, _nowMs, part.Content));
        }
    }

    public override void Undo()
    {
    }

    protected override EnqueueResult[] TakeResult() => _results;

    protected override void Recycle()
    {
        _results = [];
        if (_parts.Length > MaxKeptItems)
            _parts = new Part[1];
        else
            Array.Clear(_parts);
        pool.Keep(this);
    }

    private EnqueueResult Enqueue(WriteSession session, ref Part part)
    {
        if (part.Device == 0)
            return new EnqueueResult(EnqueueStatus.DeviceNotFound, default, default, 0);
        if (!index.ShardOf(part.Device).TryGetInfo(part.Device, out MailboxInfo info))
        {
            // Removed since the caller looked; it may have been created again under another number.
            part = part with { Device = FindDevice(session, part.Item.Device) };
            if (part.Device == 0 || !index.ShardOf(part.Device).TryGetInfo(part.Device, out info))
                return new EnqueueResult(EnqueueStatus.DeviceNotFound, default, default, 0);
        }

        (int Messages, long Bytes) pending = session.Pending(part.Device);
        int depth = info.Messages + pending.Messages;
        var device = new DeviceNumber(part.Device);
        if (depth >= limits.MaxDepth)
            return new EnqueueResult(EnqueueStatus.MailboxFull, default, device, depth);
        if (info.Bytes + pending.Bytes + part.Content.Length > limits.MaxBytes)
            return new EnqueueResult(EnqueueStatus.MailboxBytesFull, default, device, depth);
        long sequence = session.Insert(new NewMessage(part.Device, part.Item, part.Content, _nowMs));
        return new EnqueueResult(EnqueueStatus.Enqueued, new Sequence(sequence), device, depth + 1);
    }

    private static long FindDevice(WriteSession session, DeviceId id)
    {
        Statement find = session.Connection.Prepare("SELECT number FROM device WHERE id = ?").Bind(1, id.Value);
        if (!find.Step())
            return 0;
        long number = find.Int64(0);
        find.Reset();
        return number;
    }

    private readonly record struct Part(EnqueueItem Item, byte[] Content, long Device);
}
