using System.Runtime.InteropServices;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>A message of a mailbox, as the index in memory knows it: 36 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct MailboxEntry : ISlabItem
{
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

    int ISlabItem.NextFree
    {
        readonly get => Next;
        set => Next = value;
    }

    public readonly bool Has(EntryStates state) => (States & state) != 0;
}

/// <summary>What is true of an entry.</summary>
[Flags]
internal enum EntryStates : byte
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
}
