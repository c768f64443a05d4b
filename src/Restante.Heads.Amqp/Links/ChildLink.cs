using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A field gateway's link for one of the devices behind it: once the gateway is known to act for that device, everything is as on the
/// device's own link.
/// </summary>
/// <param name="peer">The connection of the field gateway.</param>
/// <param name="link">The engine's link.</param>
/// <param name="child">The device behind it.</param>
/// <param name="make">Makes the device's own link.</param>
internal sealed class ChildLink(AmqpPeer peer, AmqpLink link, ChildDevice child, Func<DevicePrincipal, HeadLink> make)
    : HeadLink(peer, link)
{
    private HeadLink? _inner;
    private Attach? _attach;

    public override void Attach(Attach attach)
    {
        _attach = attach;
        child.Join(this);
    }

    /// <summary>The gateway acts for the device, or it may not.</summary>
    public void Joined(Result<DevicePrincipal> entered)
    {
        if (IsOver || _inner is not null)
            return;
        if (!entered.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(entered.Refusal.Kind);
            if (entered.Refusal.Kind is RefusalKind.Forbidden or RefusalKind.NotFound)
                Peer.NoteRefused("attach", $"devices/{child.Id}", entered.Refusal.Kind);
            Link.Refuse(RefusalMap.Error(entered.Refusal));
            return;
        }

        _inner = make(entered.Value);
        _inner.Attach(_attach!);
        _attach = null;
    }

    /// <summary>The gateway acts for the device no longer.</summary>
    public void Revoked(AmqpError error)
    {
        if (!IsOver)
            End(error);
    }

    public override void Progress() => _inner?.Progress();

    public override void Received(in IncomingDelivery delivery) => _inner?.Received(delivery);

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled) =>
        _inner?.Disposed(number, context, state, settled);

    protected override void Ended()
    {
        _attach = null;
        _inner?.Detached();
        child.Leave(this);
    }
}
