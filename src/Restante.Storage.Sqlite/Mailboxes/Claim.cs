using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// An entry that a call has claimed, and what is to become of it. While claimed nobody else leases, settles or ends it; the call must
/// either <see cref="MailboxShard.Finish"/> or <see cref="MailboxShard.Undo"/> it.
/// </summary>
internal struct Claim
{
    public MailboxShard Shard;
    public ClaimAction Action;
    public int Entry;
    public long Sequence;
    public long Device;
    public int Size;
    public int DeliveryCount;
    public MessageKind Kind;
    public MessageFlags Flags;

    /// <summary>The session that held the entry when it was claimed.</summary>
    public long Epoch;

    /// <summary>Whether it was leased when it was claimed.</summary>
    public bool WasLeased;

    /// <summary>Whether it is a notification.</summary>
    public bool IsOffered;

    /// <summary>For <see cref="ClaimAction.End"/>: how.</summary>
    public Outcome Outcome;

    /// <summary>For <see cref="ClaimAction.End"/>: why.</summary>
    public string? Reason;

    /// <summary>For <see cref="ClaimAction.End"/>: whether its stored bytes are not what was sent.</summary>
    public bool IsDamaged;

    /// <summary>For the caller: which of its results this is.</summary>
    public int Index;

    /// <summary>For <see cref="ClaimAction.End"/>: set when the transaction found the message and ended it.</summary>
    public bool Ended;

    public readonly Ending Ending => new(Sequence, Device, Kind, Flags, Outcome, Reason, DeliveryCount, IsDamaged);

    public readonly EndedMessage AsEnded => new(new DeviceNumber(Device), new Sequence(Sequence), Kind, Outcome, DeliveryCount);
}

/// <summary>What is to become of a claimed entry.</summary>
internal enum ClaimAction
{
    /// <summary>It ends, durably.</summary>
    End,

    /// <summary>It waits again.</summary>
    GiveBack,
}
