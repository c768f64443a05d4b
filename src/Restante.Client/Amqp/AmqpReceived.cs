using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Client.Amqp;

/// <summary>A message that was received and waits to be settled.</summary>
public sealed class AmqpReceived
{
    private readonly AmqpReceiver _receiver;

    internal AmqpReceived(AmqpReceiver receiver, DeliveryNumber number, bool isSettled, AmqpMessage message)
    {
        _receiver = receiver;
        Number = number;
        IsSettled = isSettled;
        Message = message;
    }

    /// <summary>The message.</summary>
    public AmqpMessage Message { get; }

    /// <summary>True when the sender has settled it already.</summary>
    public bool IsSettled { get; }

    internal DeliveryNumber Number { get; }

    /// <summary>Done. False when the connection has ended.</summary>
    public bool Accept() => _receiver.Settle(this, Accepted.Instance);

    /// <summary>Never deliver it again.</summary>
    public bool Reject(string reason) => _receiver.Settle(this, new Rejected(new AmqpError(AmqpConditions.PreconditionFailed, reason)));

    /// <summary>Give it back.</summary>
    public bool Release() => _receiver.Settle(this, Released.Instance);
}
