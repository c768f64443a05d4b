using System.Runtime.InteropServices;
using Restante.Core.Messages;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>A message of a mailbox, as the index in memory knows it: 36 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct MailboxEntry : ISlabItem
{
    private const int FlagsShift = 10;
    private const int FlagsMask = 3;
    private const int KindShift = 14;

    /// <summary>Its place in the order; 0 while the entry is free.</summary>
    public long Sequence;

    public long ExpiresAtMs;

    /// <summary>The next entry of the mailbox.</summary>
    public int Next;

    public int Previous;

    /// <summary>The <see cref="MailboxSlot"/> it belongs to.</summary>
    public int Mailbox;

    /// <summary>Bytes of content.</summary>
    public int Size;

    public ushort DeliveryCount;

    public EntryStates States;

    public readonly bool IsWaiting => (States & (EntryStates.Leased | EntryStates.Claimed)) == 0;

    /// <summary>Names it among all entries of its share; a notification stands in many mailboxes under the same sequence.</summary>
    public readonly EntryKey Key => new(Mailbox, Sequence);

    public readonly MessageKind Kind => (MessageKind)((int)States >> KindShift);

    public readonly MessageFlags Flags => (MessageFlags)(((int)States >> FlagsShift) & FlagsMask);

    int ISlabItem.NextFree
    {
        readonly get => Next;
        set => Next = value;
    }

    /// <summary>What a new entry is, as part of its states.</summary>
    public static EntryStates StatesOf(MessageKind kind, MessageFlags flags) =>
        (EntryStates)(((int)kind << KindShift) | ((int)flags << FlagsShift));

    public readonly bool Has(EntryStates state) => (States & state) != 0;
}

/// <summary>Names an entry.</summary>
internal readonly record struct EntryKey(int Mailbox, long Sequence);

/// <summary>
/// What is true of an entry. The upper bits hold what the message is: see <see cref="MailboxEntry.Kind"/> and
/// <see cref="MailboxEntry.Flags"/>.
/// </summary>
[Flags]
internal enum EntryStates : ushort
{
    /// <summary>It waits.</summary>
    None = 0,

    /// <summary>It is in the hands of the session.</summary>
    Leased = 1,

    /// <summary>A call that waits for its commit is about to end it, or to change its lease: nobody else touches it.</summary>
    Claimed = 2,

    /// <summary>The delivery count has risen since it was last written.</summary>
    CountRose = 4,

    /// <summary>The database has a delivery count of it.</summary>
    CountStored = 8,

    /// <summary>Its expiry has come up in the heap while it was leased or claimed, and must be put back there.</summary>
    ExpiryPassed = 16,

    /// <summary>Newer messages may replace it by its key.</summary>
    HasKey = 32,

    /// <summary>Its time to be handed out has not come.</summary>
    Early = 64,

    /// <summary>It was given back and has to wait before it is handed out again, unless another session has been opened since.</summary>
    Delayed = 128,

    /// <summary>It is a notification: no message is stored for it, and it leaves with the session.</summary>
    Offered = 256,

    /// <summary>It is a notification that is not handed out again once it is given back.</summary>
    Withdrawn = 512,

    /// <summary>A session has passed over it while it was claimed, and is told if it waits again.</summary>
    Missed = 4096,

    /// <summary>
    /// While it is claimed, what is behind it waits: it is no longer in the hands of the session, and comes first if the claim fails.
    /// </summary>
    HoldsUp = 8192,
}
