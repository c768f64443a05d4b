using Restante.Amqp.FlowControl;
using Restante.Amqp.Tests.Peers;

namespace Restante.Amqp.Tests.FlowControl;

public sealed class ReceiverCreditTests
{
    [Fact]
    [Spec("AMQP-2.6.7-d", "AMQP-2.8.5-a")]
    public void A_sender_that_leaps_ahead_of_all_credit_has_none_ever_after()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 5);
        peer.Send(Wire.Flow(handle: 0, deliveryCount: 0x7fffffff), Wire.Flow(handle: 0, deliveryCount: 0x80000005));
        Assert.Equal(0u, peer.Link.Credit);
        peer.Take();

        peer.Send(Wire.Transfer([1]));

        Assert.Empty(peer.Handler.Payloads);
        Assert.Equal("amqp:link:transfer-limit-exceeded", peer.TakeOnly(0x16).Condition(2));
    }

    [Fact]
    public void After_a_leap_the_next_grant_holds_as_it_is()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 5);
        peer.Send(Wire.Flow(handle: 0, deliveryCount: 0x7fffffff), Wire.Flow(handle: 0, deliveryCount: 0x80000005));
        peer.Link.SetCredit(2);
        peer.Take();

        peer.Send(Wire.Transfer([1], id: 0), Wire.Transfer([1], id: 1));
        Assert.Equal(2, peer.Handler.Payloads.Count);
        peer.Send(Wire.Transfer([1], id: 2));

        Assert.Equal("amqp:link:transfer-limit-exceeded", peer.TakeOnly(0x16).Condition(2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_counts_a_sender_says_it_sends_no_more_than_was_granted_since(int seed)
    {
        var random = new Random(seed);
        var credit = new ReceiverCredit();
        credit.OnAttach((uint)random.NextInt64(1L << 32));
        for (int round = 0; round < 2_000; round++)
        {
            uint granted = (uint)random.Next(5);
            credit.Grant(granted, drain: false);
            for (int i = random.Next(4); i > 0; i--)
                credit.OnFlow(credit.DeliveryCount + Leap(random));
            int received = 0;
            while (received <= granted && credit.TryReceive())
                received++;

            Assert.InRange(received, 0, (int)granted);
            Assert.Equal(0u, credit.Credit);
        }
    }

    private static uint Leap(Random random)
    {
        uint[] edges = [0x7fffffff, 0x80000000, 0x7ffffffa, 0xffffffff, 1, 6];
        return random.Next(2) == 0 ? edges[random.Next(edges.Length)] : (uint)random.NextInt64(1L << 32);
    }
}
