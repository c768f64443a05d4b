using System.Threading.Channels;
using Restante.Amqp;
using Restante.Amqp.Messaging;

namespace Restante.Client.Amqp;

/// <summary>A link that receives. As many messages wait here as there was credit; settling one makes room for the next.</summary>
public sealed class AmqpReceiver : AmqpClientLink
{
    private readonly Channel<AmqpReceived> _received = Channel.CreateUnbounded<AmqpReceived>(
        new UnboundedChannelOptions { SingleWriter = true });
    private readonly int _credit;
    private int _open;

    internal AmqpReceiver(AmqpClient client, string address, int credit)
        : base(client, address) => _credit = credit;

    /// <summary>The next message.</summary>
    /// <exception cref="ClientException">The link or the connection is gone; the message says why.</exception>
    public async ValueTask<AmqpReceived> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            return await _received.Reader.ReadAsync(cancellation);
        }
        catch (ChannelClosedException e) when (e.InnerException is ClientException why)
        {
            throw why;
        }
    }

    internal void OnDelivery(in IncomingDelivery delivery)
    {
        _open++;
        _received.Writer.TryWrite(new AmqpReceived(this, delivery.Number, delivery.IsSettled, AmqpMessage.Decode(delivery.Payload)));
    }

    internal bool Settle(AmqpReceived message, DeliveryState state) => Client.Run(
        (Receiver: this, message, state),
        static settle =>
        {
            if (settle.Receiver.Link is not { } link)
                return;
            if (!settle.message.IsSettled)
                link.Settle(settle.message.Number, settle.state);
            settle.Receiver._open--;
            settle.Receiver.Replenish();
        });

    private protected override void Begin() => Replenish();

    private protected override void Stop(ClientException why) => _received.Writer.TryComplete(why);

    private void Replenish()
    {
        if (Link is { } link && link.Credit + _open <= _credit / 2)
            link.SetCredit((uint)(_credit - _open));
    }
}
