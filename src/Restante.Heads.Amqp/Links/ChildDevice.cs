using Restante.Amqp;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Sessions;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A device behind the field gateway of a connection, for as long as the gateway has links for it. All of them end when the device is
/// disabled or removed, or gets another gateway or none.
/// </summary>
/// <param name="peer">The connection of the field gateway.</param>
/// <param name="id">The device's id, as the peer wrote it.</param>
internal sealed class ChildDevice(AmqpPeer peer, string id) : ILiveConnection
{
    private readonly List<ChildLink> _links = [];
    private ChildEntry? _entry;
    private bool _isKnown;

    /// <summary>The device's id, as the peer wrote it.</summary>
    public string Id => id;

    /// <summary>A link wants to be the device's.</summary>
    public void Join(ChildLink link)
    {
        _links.Add(link);
        if (_isKnown)
            link.Joined(_entry!.Device);
        else if (_links.Count == 1)
            Enter();
    }

    /// <summary>A link is over.</summary>
    public void Leave(ChildLink link)
    {
        if (!_links.Remove(link) || _links.Count > 0)
            return;
        peer.Forget(this);
        _entry?.Leave("The field gateway has no more links for the device.");
    }

    void ILiveConnection.End(EndReason reason, string description) =>
        peer.Connection.Post(
            (Child: this, reason, description),
            static (_, why) =>
            {
                var error = new AmqpError(RefusalMap.Condition(why.reason), why.description);
                foreach (ChildLink link in why.Child._links.ToArray())
                    link.Revoked(error);
                why.Child.Peer.AfterWork();
            });

    private AmqpPeer Peer => peer;

    private void Enter()
    {
        _entry ??= new ChildEntry(peer.Gateway, id, this, peer.Name);
        peer.Await(_entry.EnterAsync(peer.Device!), this, static (_, result, child) => child.HasEntered(result));
    }

    private void HasEntered(Result<DevicePrincipal> entered)
    {
        _isKnown = entered.IsSuccess;
        foreach (ChildLink link in _links.ToArray())
            link.Joined(entered);
    }
}
