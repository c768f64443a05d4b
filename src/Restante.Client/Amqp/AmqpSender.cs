using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Client.Amqp;

/// <summary>A link that sends. At most <see cref="MaxWaiting"/> messages are on the way; further calls wait for room.</summary>
public sealed class AmqpSender : AmqpClientLink
{
    /// <summary>Messages that may be on the way at once, from the call to its answer.</summary>
    public const int MaxWaiting = 10_000;

    private readonly Inlet<Pending> _inlet = new(MaxWaiting);
    private readonly Queue<Pending> _waiting = new();
    private readonly HashSet<Pending> _unsettled = [];
    private long _tag;

    internal AmqpSender(AmqpClient client, string address)
        : base(client, address)
    {
    }

    /// <summary>Sends a message; the result is what the gateway made of it.</summary>
    /// <exception cref="ClientException">The link or the connection is gone.</exception>
    public Task<DeliveryState?> SendAsync(AmqpMessage message) => SendAsync(message.Encode());

    /// <summary>Sends a message that is encoded already; the bytes must not change until the task has ended.</summary>
    /// <exception cref="ClientException">The link or the connection is gone.</exception>
    public async Task<DeliveryState?> SendAsync(ReadOnlyMemory<byte> encoded)
    {
        await _inlet.EnterAsync();
        try
        {
            var pending = new Pending(encoded);
            if (_inlet.Add(pending) && !Client.Run(this, static sender => sender.Arrived()))
                FailArrived(new ClientException("The connection has ended."));
            return await pending.Task;
        }
        finally
        {
            _inlet.Leave();
        }
    }

    internal static void OnDisposition(AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (context.Reference is not Pending pending || (state is null && !settled))
            return;
        if (!settled)
        {
            if (state is { IsTerminal: false })
                return;
            link.Settle(number, state);
        }

        (link.Owner as AmqpSender)?._unsettled.Remove(pending);
        pending.Complete(state);
        (link.Owner as AmqpSender)?.OnFlow();
    }

    internal override void OnFlow()
    {
        Span<byte> tag = stackalloc byte[8];
        while (Link is { } link && _waiting.TryPeek(out Pending? next))
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(tag, _tag + 1);
            SendResult sent = link.Send(tag, next.Encoded.Span, settled: false, new DeliveryContext(next, 0));
            if (sent.Status == SendStatus.TooLarge)
            {
                _waiting.Dequeue();
                next.Fail(new ClientException("The message is larger than the gateway takes.", "amqp:link:message-size-exceeded"));
                continue;
            }

            if (!sent.IsSent)
                return;
            _tag++;
            _waiting.Dequeue();
            if (sent.IsSettled)
                next.Complete(null);
            else
                _unsettled.Add(next);
        }
    }

    private protected override void Stop(ClientException why)
    {
        foreach (Pending pending in _waiting.Concat(_unsettled))
            pending.Fail(why);
        _waiting.Clear();
        _unsettled.Clear();
        FailArrived(why);
    }

    private void Arrived()
    {
        if (Link is null)
        {
            FailArrived(new ClientException("The link is closed."));
            return;
        }

        foreach (Pending pending in _inlet.Take())
            _waiting.Enqueue(pending);
        OnFlow();
    }

    private void FailArrived(ClientException why)
    {
        foreach (Pending pending in _inlet.Take())
            pending.Fail(why);
    }

    private sealed class Pending(ReadOnlyMemory<byte> encoded)
    {
        private readonly TaskCompletionSource<DeliveryState?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ReadOnlyMemory<byte> Encoded { get; } = encoded;

        public Task<DeliveryState?> Task => _done.Task;

        public void Complete(DeliveryState? state) => _done.TrySetResult(state);

        public void Fail(ClientException why) => _done.TrySetException(why);
    }
}
