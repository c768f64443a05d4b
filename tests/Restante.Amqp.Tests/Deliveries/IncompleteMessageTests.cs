using System.Buffers;
using Restante.Amqp.Deliveries;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Deliveries;

public sealed class IncompleteMessageTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(4_000, 1)]
    [InlineData(40_000, 1)]
    [InlineData(4_000, 64)]
    [InlineData(40_000, 7)]
    public void What_is_held_is_less_than_twice_what_came(int frameLength, int frames)
    {
        var message = new IncompleteMessage();
        byte[] frame = new byte[frameLength];
        message.Begin(new DeliveryNumber(1), new TransferFrame { Tag = [1, 2, 3] }, ReceiverSettleMode.First, frameLength);
        for (int i = 0; i < frames; i++)
            message.Append(frame);
        Assert.Equal(frameLength * frames, message.Length);

        byte[] held = message.Detach(out Range tag, out Range payload);

        Assert.Equal([1, 2, 3], held[tag]);
        Assert.Equal(frameLength * frames, held[payload].Length);
        Assert.InRange(held.Length, 0, 2 * ((frameLength * frames) + 32));
        ArrayPool<byte>.Shared.Return(held);
    }
}
