using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>What a connection tells its owner. Every call comes out of a call the owner made; calling back into the
/// connection, its sessions and links from here is allowed.</summary>
public interface IAmqpConnectionHandler
{
    /// <summary>Server: the peer chose a mechanism that was offered. Answer now or later with
    /// <see cref="AmqpConnection.CompleteSasl"/>; until then no bytes are taken.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="mechanism">The mechanism chosen.</param>
    /// <param name="initialResponse">The credentials, valid during the call only. A secret.</param>
    /// <param name="hostname">The host the peer names, or null.</param>
    void OnSaslInit(AmqpConnection connection, Symbol mechanism, ReadOnlySpan<byte> initialResponse, string? hostname)
    {
    }

    /// <summary>Server: the peer's open is here. Answer now or later with <see cref="AmqpConnection.AcceptOpen"/> or
    /// <see cref="AmqpConnection.Close"/>; until then no bytes are taken.</summary>
    void OnOpening(AmqpConnection connection, Open open) => connection.AcceptOpen();

    /// <summary>Client: the server's open is here; sessions can begin.</summary>
    void OnOpened(AmqpConnection connection, Open open)
    {
    }

    /// <summary>A session is usable: the peer began one, or answered ours.</summary>
    void OnSessionBegun(AmqpSession session)
    {
    }

    /// <summary>A session is over, for whatever reason; called once, after its links were reported detached.</summary>
    void OnSessionEnded(AmqpSession session, AmqpError? error)
    {
    }

    /// <summary>The peer wants a link. Answer now or later with <see cref="AmqpLink.Accept"/> or <see cref="AmqpLink.Refuse"/>.</summary>
    void OnLinkAttaching(AmqpLink link, Attach attach);

    /// <summary>The peer granted a link that we asked for.</summary>
    void OnLinkAttached(AmqpLink link, Attach attach)
    {
    }

    /// <summary>Something that matters for progress changed: credit, drain, the session window, an aborted delivery, or
    /// (receiving) the sender's answer to a drain. Look at <see cref="AmqpLink.CanSend"/>, <see cref="AmqpLink.Credit"/>
    /// and <see cref="AmqpLink.IsDraining"/>.</summary>
    void OnLinkFlow(AmqpLink link)
    {
    }

    /// <summary>A link is over, for whatever reason; called once per link. Its unsettled deliveries are forgotten by the
    /// engine: what was sent on it and not settled is the owner's to take back.</summary>
    /// <param name="link">The link.</param>
    /// <param name="error">The error that ended it, or null.</param>
    /// <param name="byPeer">True where the peer ended it, its session or the connection.</param>
    void OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer);

    /// <summary>A message came, complete. The spans live until this returns.</summary>
    void OnDelivery(AmqpLink link, in IncomingDelivery delivery);

    /// <summary>The peer told a new state of a delivery or settled it. A sender that sees a terminal state with
    /// <paramref name="settled"/> false acts on it and then calls <see cref="AmqpLink.Settle"/>.</summary>
    /// <param name="link">The link of the delivery.</param>
    /// <param name="number">The delivery.</param>
    /// <param name="context">What was given to Send; default for a link we receive on.</param>
    /// <param name="state">The peer's state, or null where it named none.</param>
    /// <param name="settled">True where the peer has forgotten it; the engine has too.</param>
    void OnDisposition(AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
    }

    /// <summary>The connection is over; called once, last of all. The loop flushes and closes the transport.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="error">The error that ended it, ours or the peer's, or null.</param>
    /// <param name="byPeer">True where the peer closed it or the transport went away.</param>
    void OnClosed(AmqpConnection connection, AmqpError? error, bool byPeer)
    {
    }
}
