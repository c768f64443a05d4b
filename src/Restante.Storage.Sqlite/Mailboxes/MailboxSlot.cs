using System.Runtime.InteropServices;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>A mailbox that holds messages or is held by a session. Any other costs nothing.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct MailboxSlot : ISlabItem
{
    /// <summary>The device's number; 0 while the slot is free.</summary>
    public long Device;

    /// <summary>The session that holds it; 0 for none.</summary>
    public long Epoch;

    public long Bytes;

    /// <summary>The first entry.</summary>
    public int Head;

    /// <summary>The last entry.</summary>
    public int Tail;

    /// <summary>No entry before this one waits, or holds up others; 0 when there is none.</summary>
    public int Cursor;

    public int Messages;

    public int Leased;

    /// <summary>Notifications among the entries; they count as no messages.</summary>
    public int Offered;

    /// <summary>Those of them that are leased.</summary>
    public int OfferedLeased;

    int ISlabItem.NextFree
    {
        readonly get => Head;
        set => Head = value;
    }
}
