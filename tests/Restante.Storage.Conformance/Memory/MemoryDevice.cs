using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>A device with its mailbox.</summary>
internal sealed class MemoryDevice
{
    public required DeviceRecord Record { get; set; }

    /// <summary>What is in the mailbox, in order.</summary>
    public SortedDictionary<long, MemoryMessage> Messages { get; } = [];

    /// <summary>Notifications that stand in the mailbox while it is held, in order.</summary>
    public SortedDictionary<long, MemoryMessage> Offered { get; } = [];

    /// <summary>Both, in order.</summary>
    public IEnumerable<MemoryMessage> Mail => Messages.Values.Concat(Offered.Values).OrderBy(m => m.Sequence.Value);

    /// <summary>The epoch of the session that holds the mailbox; 0 for none.</summary>
    public long Epoch { get; set; }

    /// <summary>Client sessions, least recently saved first.</summary>
    public List<(string Name, byte[] State, long ExpiresAtMs)> ClientSessions { get; } = [];

    public StoredState State { get; set; } = new(StateContent.Empty, StateContent.Empty);

    /// <summary>The dead-letter shelf, in the order of shelving.</summary>
    public List<ShelvedMessage> Shelf { get; } = [];

    public long Bytes => Messages.Values.Sum(m => (long)m.Content.Length);

    public void Shelve(MemoryMessage message, Outcome outcome, string? reason, long nowMs, int maxShelved)
    {
        Shelf.Add(new ShelvedMessage
        {
            Sequence = message.Sequence,
            Kind = message.Item.Kind,
            Outcome = outcome,
            Reason = reason,
            MessageId = message.Item.MessageId,
            Sender = message.Item.Sender,
            Flags = message.Item.Flags,
            EnqueuedAtMs = message.EnqueuedAtMs,
            AtMs = nowMs,
            DeliveryCount = message.DeliveryCount,
            Content = message.Content,
        });
        while (Shelf.Count > maxShelved)
            Shelf.Remove(Shelf.TakeWhile(m => m.AtMs == Shelf[0].AtMs).MinBy(m => m.Sequence)!);
    }
}
