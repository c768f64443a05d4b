using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Appends messages to mailboxes.</summary>
internal sealed class EnqueueOperation(MailboxIndex index, MailboxLimits limits, OperationPool<EnqueueOperation> pool)
    : AwaitedOperation<EnqueueResult[]>
{
    private const int MaxKeptItems = 64;
    private const int Overhead = 256;

    private readonly Insertions _insertions = new(index, limits);
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
        _insertions.Begin();
        for (int i = 0; i < _count; i++)
            _results[i] = Enqueue(session, ref _parts[i]);
    }

    public override void Apply() => _insertions.Apply();

    public override void Undo() => _insertions.Undo();

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
        if (!index.ShardOf(part.Device).HasDevice(part.Device))
        {
            // Removed since the caller looked; it may have been created again under another number.
            part = part with { Device = FindDevice(session, part.Item.Device) };
            if (part.Device == 0)
                return new EnqueueResult(EnqueueStatus.DeviceNotFound, default, default, 0);
        }

        return _insertions.Insert(session, part.Device, part.Item, part.Content, _nowMs);
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
