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
    // The gateway may leave while it is being let in.
    private const int Entering = 0;
    private const int Entered = 1;
    private const int Over = 2;

    private readonly List<ChildLink> _links = [];
    private DevicePrincipal? _device;
    private bool _isKnown;
    private int _phase = Entering;

    /// <summary>The device's id, as the peer wrote it.</summary>
    public string Id => id;

    /// <summary>A link wants to be the device's.</summary>
    public void Join(ChildLink link)
    {
        _links.Add(link);
        if (_isKnown)
            link.Joined(_device!);
        else if (_links.Count == 1)
            peer.Await(EnterAsync(), this, static (_, result, child) => child.HasEntered(result));
    }

    /// <summary>A link is over.</summary>
    public void Leave(ChildLink link)
    {
        if (!_links.Remove(link) || _links.Count > 0)
            return;
        peer.Forget(this);
        if (Interlocked.Exchange(ref _phase, Over) == Entered)
            Remove("The field gateway has no more links for the device.");
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

    private async ValueTask<Result<DevicePrincipal>> EnterAsync()
    {
        Result<DevicePrincipal> found = await peer.Gateway.Devices.ActForAsync(peer.Device!, id);
        if (!found.IsSuccess)
            return found;
        _device = found.Value;
        peer.Gateway.Connections.Add(found.Value, this, peer.Name);

        // The links or the whole connection may have ended meanwhile; then nobody else takes it out.
        if (Interlocked.CompareExchange(ref _phase, Entered, Entering) != Entering)
        {
            Remove("The field gateway had left before.");
            return found;
        }

        // What was revoked between the look and the entry is found out by a second look.
        return await peer.Gateway.Devices.RecheckAsync(found.Value) is Refusal refusal ? refusal : found;
    }

    private void HasEntered(Result<DevicePrincipal> entered)
    {
        _isKnown = entered.IsSuccess;
        foreach (ChildLink link in _links.ToArray())
            link.Joined(entered);
    }

    private void Remove(string why) => peer.Gateway.Connections.Remove(_device!, this, peer.Name, why);
}
