using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>What became of an attempt to send a message.</summary>
public enum SendStatus
{
    /// <summary>The whole message was written.</summary>
    Sent,

    /// <summary>The message was begun; the engine holds the rest until the session window opens. It counts as sent.</summary>
    Held,

    /// <summary>Nothing was sent: the link has no credit. Wait for <see cref="IAmqpConnectionHandler.OnLinkFlow"/>.</summary>
    NoCredit,

    /// <summary>Nothing was sent: the session window is closed or an earlier message is still held. Wait for
    /// <see cref="IAmqpConnectionHandler.OnLinkFlow"/>.</summary>
    WindowClosed,

    /// <summary>Nothing was sent: the link has as many unsettled deliveries as the settings allow.</summary>
    UnsettledLimit,

    /// <summary>Nothing was sent: the message is larger than the peer's max-message-size. It never can be.</summary>
    TooLarge,

    /// <summary>Nothing was sent: the link is not (or no longer) attached.</summary>
    NotAttached,
}

/// <summary>
/// The result of <see cref="AmqpLink.Send(System.ReadOnlySpan{byte}, System.ReadOnlySpan{byte}, bool, DeliveryContext, uint)"/>.
/// </summary>
/// <param name="Status">What happened.</param>
/// <param name="Number">The delivery's number within the session and direction, if it was sent.</param>
/// <param name="IsSettled">True where no disposition will follow.</param>
public readonly record struct SendResult(SendStatus Status, DeliveryNumber Number = default, bool IsSettled = false)
{
    /// <summary>True where the message is on its way.</summary>
    public bool IsSent => Status is SendStatus.Sent or SendStatus.Held;
}
