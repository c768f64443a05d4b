using System.Collections.Concurrent;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Registry;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// Fills the empty index at the start. One thread reads the rows, another builds the queues from them: each costs about half of the time.
/// </summary>
internal sealed class MailboxLoader(MailboxIndex index, DeviceNumbers numbers, GroupIndex groups, MailboxLimits limits) : IDisposable
{
    private const string SelectMessages = """
        SELECT sequence, device, expires_at, length(content), kind, flags, not_before, replace_key,
            enqueued_at, origin, message_id, sender
        FROM message ORDER BY sequence
        """;

    private const int BlockRows = 8_192;
    private const int MaxBlocks = 8;

    private readonly BlockingCollection<List<NewEntry>> _blocks = new(MaxBlocks);

    /// <exception cref="InvalidDataException">A message belongs to no device.</exception>
    public void Load(Connection connection)
    {
        LoadDevices(connection);
        using var stop = new CancellationTokenSource();
        Task build = Task.Run(() => Build(stop));
        try
        {
            Read(connection, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The other half has found a fault; it is thrown below.
        }
        finally
        {
            _blocks.CompleteAdding();
            ((IAsyncResult)build).AsyncWaitHandle.WaitOne();
        }

        build.GetAwaiter().GetResult();
    }

    public void Dispose() => _blocks.Dispose();

    private void LoadDevices(Connection connection)
    {
        Statement devices = connection.Prepare("SELECT number, id, member_of FROM device");
        while (devices.Step())
        {
            long number = devices.Int64(0);
            index.ShardOf(number).AddDevice(number);
            numbers.Add(devices.Text(1)!, number);
            groups.Load(number, devices.Text(2)!);
        }
    }

    private void Read(Connection connection, CancellationToken stop)
    {
        var ids = new CommandIdFilling(index.Ids, limits, connection);
        Statement messages = connection.Prepare(SelectMessages);
        Statement counts = connection.Prepare("SELECT sequence, count FROM delivery ORDER BY sequence");
        long counted = counts.Step() ? counts.Int64(0) : long.MaxValue;
        var block = new List<NewEntry>(BlockRows);
        while (messages.Step())
        {
            long sequence = messages.Int64(0);
            while (counted < sequence)
                counted = counts.Step() ? counts.Int64(0) : long.MaxValue;
            int count = counted == sequence ? counts.Int32(1) : 0;
            long device = messages.Int64(1);
            var kind = (MessageKind)messages.Int32(4);
            ids.Add(sequence, device, kind, messages, 8);
            block.Add(new NewEntry(
                device, sequence, messages.Int64(2), messages.Int32(3), kind, (MessageFlags)messages.Int32(5), messages.Int64(6),
                messages.Text(7), count));
            if (block.Count < BlockRows)
                continue;
            _blocks.Add(block, stop);
            block = new List<NewEntry>(BlockRows);
        }

        ids.Finish();
        counts.Reset();
        _blocks.Add(block, stop);
    }

    private void Build(CancellationTokenSource stop)
    {
        foreach (List<NewEntry> block in _blocks.GetConsumingEnumerable())
        {
            foreach (NewEntry row in block)
            {
                MailboxShard shard = index.ShardOf(row.Device);
                if (!shard.HasDevice(row.Device))
                {
                    stop.Cancel();
                    throw new InvalidDataException($"message {row.Sequence} belongs to no device");
                }

                shard.Append(row, 0, null);
            }
        }
    }
}
