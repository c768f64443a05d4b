using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Heads.Amqp.Links;

/// <summary>The head's end of one link. Called in turns of its connection only.</summary>
internal abstract class HeadLink(AmqpPeer peer, AmqpLink link)
{
    protected AmqpPeer Peer { get; } = peer;

    protected AmqpLink Link { get; } = link;

    /// <summary>The peer asks for the link: grant or refuse it, now or later.</summary>
    public abstract void Attach(Attach attach);

    /// <summary>Something changed that may let work go on: credit, window, output.</summary>
    public abstract void Progress();

    /// <summary>A message came.</summary>
    public virtual void Received(in IncomingDelivery delivery)
    {
    }

    /// <summary>The peer said something of a message that was sent.</summary>
    public virtual void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
    }

    /// <summary>The link is over.</summary>
    public virtual void Detached()
    {
    }
}
