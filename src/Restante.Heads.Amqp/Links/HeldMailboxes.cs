using Restante.Core.Devices;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// The links of a connection that hold mailboxes, one for each device, so that a connection does not fight with itself. Most hold one.
/// </summary>
internal struct HeldMailboxes
{
    private MailboxDelivery? _first;
    private List<MailboxDelivery>? _others;

    /// <summary>The link that holds, or is about to hold, the mailbox of a device; null for none.</summary>
    public readonly MailboxDelivery? Of(DeviceNumber device) =>
        _first?.Device.Number == device ? _first : _others?.Find(m => m.Device.Number == device);

    /// <summary>Enters a link; false when another one holds the mailbox.</summary>
    public bool TryHold(MailboxDelivery link)
    {
        if (Of(link.Device.Number) is not null)
            return false;
        if (_first is null)
            _first = link;
        else
            (_others ??= []).Add(link);
        return true;
    }

    /// <summary>Takes a link out, if it is in.</summary>
    public void LetGo(MailboxDelivery link)
    {
        if (_first == link)
            _first = null;
        else
            _others?.Remove(link);
    }
}
