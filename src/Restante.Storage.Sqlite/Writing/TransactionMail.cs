using System.Runtime.InteropServices;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// What the transaction that is being written has done to mailboxes so far; the index in memory learns of it after the commit.
/// </summary>
internal sealed class TransactionMail
{
    private readonly Dictionary<long, (int Messages, long Bytes)> _added = [];
    private readonly Dictionary<(long Device, string Key), List<KeyedMessage>> _keyed = [];
    private readonly Dictionary<ulong, long> _ids = [];
    private readonly HashSet<long> _replaced = [];

    public void Clear()
    {
        _added.Clear();
        _keyed.Clear();
        _ids.Clear();
        _replaced.Clear();
    }

    /// <summary>Notes what is added to a mailbox, or taken from it.</summary>
    public void Track(long device, int messages, long bytes)
    {
        ref (int Messages, long Bytes) added = ref CollectionsMarshal.GetValueRefOrAddDefault(_added, device, out _);
        added.Messages += messages;
        added.Bytes += bytes;
    }

    /// <summary>What has been added to a mailbox.</summary>
    public (int Messages, long Bytes) Added(long device) => _added.GetValueOrDefault(device);

    /// <summary>Notes a new message with a key by which others replace it.</summary>
    public void AddKeyed(string key, KeyedMessage message)
    {
        if (!_keyed.TryGetValue((message.Device, key), out List<KeyedMessage>? keyed))
            _keyed.Add((message.Device, key), keyed = []);
        keyed.Add(message);
    }

    /// <summary>The new messages with a key that have not been replaced.</summary>
    public IEnumerable<KeyedMessage> Keyed(long device, string key) =>
        _keyed.TryGetValue((device, key), out List<KeyedMessage>? keyed) ? keyed.Where(m => !m.IsReplaced) : [];

    /// <summary>Notes the message-id of a new command, by its hash.</summary>
    public void AddId(ulong hash, long sequence) => _ids[hash] = sequence;

    /// <summary>The new command that probably has this message-id; 0 for none.</summary>
    public long FindId(ulong hash) => _ids.GetValueOrDefault(hash);

    /// <summary>
    /// Notes that a message was ended by another one: its delivery count, which may be on its way to the database, must not get there.
    /// </summary>
    public void NoteReplaced(long sequence) => _replaced.Add(sequence);

    public bool IsReplaced(long sequence) => _replaced.Contains(sequence);
}

/// <summary>A message that the transaction has put into a mailbox and that has a key.</summary>
internal sealed class KeyedMessage(long device, long sequence, int size)
{
    public long Device => device;

    public long Sequence => sequence;

    public int Size => size;

    /// <summary>True when a later message of the same transaction has ended it: it never appears in the index.</summary>
    public bool IsReplaced { get; set; }
}
