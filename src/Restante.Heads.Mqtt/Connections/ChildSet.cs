using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// The devices behind a field gateway that it has subscriptions for, at most <see cref="MqttHeadOptions.MaxChildren"/>. They share with the
/// gateway's own mail what the peer may hold unacknowledged, and take turns in asking the store for mail. Exists only while there are some.
/// </summary>
/// <param name="owner">The connection.</param>
internal sealed class ChildSet(DeviceConnection owner)
{
    private readonly List<ChildDevice> _children = [];
    private MailboxFlow? _leasing;

    /// <summary>How many there are.</summary>
    public int Count => _children.Count;

    /// <summary>All of them as they are now, so that they may leave meanwhile.</summary>
    public ChildDevice[] Items => [.. _children];

    /// <summary>When something is tried again, on the clock of the connection; <see cref="long.MaxValue"/> for never.</summary>
    public long RetryAtMs
    {
        get
        {
            long earliest = long.MaxValue;
            foreach (ChildDevice child in _children)
                earliest = Math.Min(earliest, child.RetryAtMs);
            return earliest;
        }
    }

    /// <summary>Whether the store owes answers to what was decided of their mail.</summary>
    public bool IsDeciding => _children.Exists(child => child.Mailbox is { IsDeciding: true });

    public ChildDevice? Find(string id) => _children.Find(child => child.Id == id);

    public void Add(ChildDevice child) => _children.Add(child);

    public void Remove(ChildDevice child) => _children.Remove(child);

    /// <summary>The mailbox that a message was delivered from; null when it is none of these.</summary>
    public MailboxFlow? HolderOf(PacketId id)
    {
        foreach (ChildDevice child in _children)
        {
            if (child.Mailbox is MailboxFlow mailbox && mailbox.Holds(id))
                return mailbox;
        }

        return null;
    }

    /// <summary>
    /// How many messages of a mailbox may be sent. One place is kept for each other that has nothing in hand, so that a device that does
    /// not acknowledge keeps none waiting; when there are fewer places than devices, each has one at most.
    /// </summary>
    /// <param name="flow">The mailbox.</param>
    /// <param name="free">Places that are free.</param>
    public int RoomFor(MailboxFlow flow, int free)
    {
        int others = owner.Mailbox is MailboxFlow own && own != flow && own.NeedsPlace ? 1 : 0;
        foreach (ChildDevice child in _children)
        {
            if (child.State is { NeedsRoom: true })
                free--;
            if (child.Mailbox is MailboxFlow mailbox && mailbox != flow && mailbox.NeedsPlace)
                others++;
        }

        return flow.NeedsPlace ? Math.Max(Math.Min(free, 1), free - others) : free - others;
    }

    /// <summary>
    /// Takes the turn to lease, if nobody has it: what is leased at once is written at once, and one may fill the output alone.
    /// </summary>
    public bool TryBeginLease(MailboxFlow flow)
    {
        if (_leasing is not null)
            return false;
        _leasing = flow;
        return true;
    }

    public void EndLease(MailboxFlow flow)
    {
        if (_leasing == flow)
            _leasing = null;
    }

    /// <summary>Lets the mailboxes go on that wait for their turn or a place, beginning with the one after the given.</summary>
    public void PumpOthers(MailboxFlow? flow)
    {
        int at = flow is null || flow == owner.Mailbox ? 0 : 1 + _children.FindIndex(child => child.Mailbox == flow);
        int count = _children.Count + 1;
        for (int i = 1; i <= count && _leasing is null; i++)
        {
            MailboxFlow? next = FlowAt((at + i) % count);
            if (next is { IsDue: true } && next != flow)
                next.Pump();
        }
    }

    // The gateway's own mailbox is the first.
    private MailboxFlow? FlowAt(int index) =>
        index == 0 ? owner.Mailbox : index <= _children.Count ? _children[index - 1].Mailbox : null;
}
