using System.Buffers;
using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Tests.Types;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Engine;

public sealed class TransferTests
{
    [Fact]
    [Spec("AMQP-2.6.12-b", "AMQP-2.6.12-c", "AMQP-2.7.6-a", "AMQP-3.4.2-a")]
    public void A_delivery_is_handed_over_and_settled_when_the_owner_says_so()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 10);
        peer.Send(Wire.Transfer([1, 2, 3], tag: [7, 7]));
        Assert.Equal(["delivery s 0 tag=0707 settled=False length=3"], peer.Handler.Events);
        Assert.Equal(9u, peer.Link.Credit);
        Assert.Equal(1, peer.Link.UnsettledCount);

        Assert.True(peer.Link.Settle(new DeliveryNumber(0), Accepted.Instance));

        SentFrame disposition = peer.TakeOnly(0x15);
        Assert.Equal([true, 0u, null, true], disposition.Fields.Take(4));
        Assert.Equal(0x24ul, disposition.State(4));
        Assert.Equal(0, peer.Link.UnsettledCount);
        Assert.False(peer.Link.Settle(new DeliveryNumber(0), Accepted.Instance));
        Assert.Empty(peer.Take());
    }

    [Fact]
    [Spec("AMQP-2.6.12-c")]
    public void A_settled_delivery_leaves_nothing_behind()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.Transfer([1], settled: true));

        Assert.Equal(0, peer.Link.UnsettledCount);
        Assert.False(peer.Link.Settle(new DeliveryNumber(0), Accepted.Instance));
    }

    [Fact]
    [Spec("AMQP-2.6.14-a", "AMQP-2.7.5-b", "AMQP-2.7.5-c")]
    public void Frames_of_a_message_are_joined_and_links_interleave()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.AttachSender("t", handle: 1));
        peer.Send(
            Wire.Transfer([1, 2], id: 0, tag: [1], more: true),
            Wire.Transfer([9], id: 1, handle: 1, tag: [2]),
            Wire.Transfer([3], id: null, noTag: true, more: true),
            Wire.Transfer([], id: 0, tag: [1], more: true),
            Wire.Transfer([4], id: null, noTag: true, settled: true));

        Assert.Equal([[9], [1, 2, 3, 4]], peer.Handler.Payloads);
        Assert.Equal("delivery s 0 tag=01 settled=True length=4", peer.Handler.Events[^1]);
        Assert.Equal(0, peer.Connection.IncompleteBytes);
    }

    [Fact]
    [Spec("AMQP-2.6.14-b", "AMQP-2.7.5-g")]
    public void An_aborted_delivery_is_forgotten_and_its_credit_used()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 5);
        peer.Send(
            Wire.Transfer([1, 2], id: 0, more: true),
            Wire.Transfer([], id: null, noTag: true, aborted: true),
            Wire.Transfer([5], id: 1),
            Wire.Transfer([6], id: 2, aborted: true));

        Assert.Equal([[5]], peer.Handler.Payloads);
        Assert.Equal(2u, peer.Link.Credit);
        Assert.Equal(1, peer.Link.UnsettledCount);
        Assert.Equal(2, peer.Handler.Events.Count(entry => entry.StartsWith("flow", StringComparison.Ordinal)));
    }

    [Fact]
    public void Mode_second_tells_the_state_and_waits_for_the_sender()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(rcvMode: 1);
        peer.Send(Wire.Transfer([1]), Wire.Transfer([2], id: 1, rcvMode: 0));
        peer.Link.Disposition(new DeliveryNumber(0), new DeliveryNumber(1), Accepted.Instance, settled: true);

        List<SentFrame> sent = peer.Take();
        Assert.Equal([null, true], sent.Select(frame => frame[3]));
        Assert.Equal([0u, 1u], sent.Select(frame => frame[1]));
        Assert.Equal(1, peer.Link.UnsettledCount);
        peer.Send(Wire.Disposition(receiver: false, 0, settled: true));
        Assert.Equal("disposition s 0  settled=True", peer.Handler.Events[^1]);
        Assert.Equal(0, peer.Link.UnsettledCount);
    }

    [Fact]
    [Spec("AMQP-2.7.6-b")]
    public void One_frame_settles_a_range_but_not_what_belongs_to_another_link()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.AttachSender("t", handle: 1));
        for (uint id = 0; id < 10; id++)
            peer.Send(Wire.Transfer([1], id: id, handle: id == 5 ? 1u : 0, settled: id == 2));
        peer.Take();
        AmqpLink s = peer.Handler.Links[0];

        int touched = s.Disposition(new DeliveryNumber(0), new DeliveryNumber(4_000_000), Released.Instance, settled: true);

        List<SentFrame> sent = peer.Take();
        Assert.Equal(8, touched);
        Assert.Equal([(0u, 4u), (6u, 9u)], sent.Select(frame => ((uint)frame[1]!, (uint)frame[2]!)));
        Assert.Equal(1, peer.Handler.Links[1].UnsettledCount);
    }

    [Fact]
    [Spec("AMQP-2.7.6-b")]
    public void A_range_of_four_billion_costs_no_more_than_what_is_unsettled()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(credit: 100);
        for (int i = 0; i < 100; i++)
            peer.Link.Send([(byte)i], [1], settled: false, new DeliveryContext(null, i));
        for (int i = 0; i < 10_000; i++)
            peer.Send(Wire.Disposition(receiver: true, 100, 0x7fffffff, state: Wire.Accepted));
        Assert.Empty(peer.Handler.Dispositions);

        peer.Send(Wire.Disposition(receiver: true, 0, 0x7fffffff, state: Wire.Accepted));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), peer.Handler.Dispositions.Select(d => d.Context.Number));
        Assert.Equal(0, peer.Link.UnsettledCount);
    }

    [Fact]
    [Spec("AMQP-2.6.7-a", "AMQP-2.6.7-c", "AMQP-2.6.7-e")]
    public void Sending_uses_credit_and_stops_without_it()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(credit: 2);
        Assert.Equal(new SendResult(SendStatus.Sent, new DeliveryNumber(0)), peer.Link.Send([1], [1], settled: false));
        Assert.Equal(new SendResult(SendStatus.Sent, new DeliveryNumber(1), true), peer.Link.Send([2], [2], settled: true));
        Assert.Equal(new SendResult(SendStatus.NoCredit), peer.Link.Send([3], [3], settled: false));
        Assert.False(peer.Link.CanSend);

        peer.Send(Wire.Flow(nextIn: 2, handle: 0, deliveryCount: 1, credit: 3));

        Assert.Equal(2u, peer.Link.Credit);
        Assert.Equal("flow r credit=2 drain=False can=True", peer.Handler.Events[^1]);
        List<SentFrame> sent = peer.Take();
        Assert.Equal([0u, 1u], sent.Select(frame => frame[1]));
        Assert.Equal([false, true], sent.Select(frame => frame[4]));
        Assert.Equal([[1], [2]], sent.Select(frame => frame.Payload));
    }

    [Fact]
    [Spec("AMQP-2.6.7-e", "AMQP-2.5.6-b")]
    public void A_receiver_that_claims_more_than_was_sent_gets_no_credit_from_it()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(credit: 0);
        peer.Send(Wire.Flow(nextIn: 0, handle: 0, deliveryCount: 50, credit: 10));
        Assert.Equal(0u, peer.Link.Credit);
        peer.Send(Wire.Flow(nextIn: 500, inWindow: 10, handle: 0, deliveryCount: 0, credit: 10));

        Assert.Equal(SendStatus.WindowClosed, peer.Link.Send([1], [1], settled: true).Status);
    }

    [Fact]
    [Spec("AMQP-2.7.1-b", "AMQP-2.7.5-a")]
    public void A_large_message_is_cut_to_the_peers_frames()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(maxFrame: 512);
        byte[] payload = RandomValues.Bytes(new Random(1), 3_000);
        peer.Link.Send(new byte[32], payload.AsSpan(0, 700), payload.AsSpan(700), settled: false);

        List<SentFrame> sent = peer.Take();
        Assert.Equal(payload, sent.SelectMany(frame => frame.Payload));
        Assert.All(sent.SkipLast(1), frame => Assert.Equal(true, frame[5]));
        Assert.Null(sent[^1][5]);
        Assert.All(sent, frame => Assert.True(frame.Payload.Length <= 504));
        Assert.Equal(1, sent.Count(frame => frame[1] is not null));
    }

    [Fact]
    public void A_frame_is_filled_exactly_and_never_more()
    {
        for (int length = 440; length < 530; length++)
        {
            ScriptedPeer peer = ScriptedPeer.Receiving(maxFrame: 512);
            int before = peer.Output.Length;
            peer.Link.Send([1], new byte[length], settled: false);
            int frame = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(peer.Output[before..]);
            List<SentFrame> sent = peer.Take();
            Assert.Equal(length, sent.Sum(part => part.Payload.Length));
            Assert.True(sent.Count == 1 ? frame <= 512 : frame == 512, $"{length} bytes in {sent.Count} frames, the first of {frame}");
            Assert.Equal(length <= 491, sent.Count == 1);
        }
    }

    [Fact]
    [Spec("AMQP-2.5.6-a", "AMQP-2.5.6-b")]
    public void A_message_that_meets_a_closed_window_is_held_and_goes_on_when_it_opens()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(maxFrame: 512, inWindow: 2);
        byte[] payload = RandomValues.Bytes(new Random(2), 3_000);
        Assert.Equal(SendStatus.Held, peer.Link.Send([1], payload, settled: false).Status);
        Assert.Equal(2, peer.Take().Count);
        Assert.Equal(SendStatus.WindowClosed, peer.Link.Send([2], [1], settled: false).Status);

        peer.Send(Wire.Flow(nextIn: 2, inWindow: 2));
        Assert.Equal(2, peer.Take().Count);
        Assert.False(peer.Link.CanSend);
        peer.Send(Wire.Flow(nextIn: 4, inWindow: 100));
        peer.Take();

        Assert.Equal(payload, peer.Sent.Where(frame => frame.Code == 0x14).SelectMany(frame => frame.Payload));
        Assert.True(peer.Link.CanSend);
        Assert.Equal("flow r credit=9 drain=False can=True", peer.Handler.Events[^1]);
    }

    [Fact]
    public void A_held_message_can_be_aborted()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(maxFrame: 512, inWindow: 1);
        peer.Link.Send([1], new byte[3_000], settled: false);
        Assert.Equal(1, peer.Link.UnsettledCount);
        Assert.True(peer.Link.AbortHeld());
        Assert.False(peer.Link.AbortHeld());
        peer.Take();
        peer.Send(Wire.Flow(nextIn: 1, inWindow: 10));

        SentFrame abort = Assert.Single(peer.Take());
        Assert.Equal(true, abort[9]);
        Assert.Empty(abort.Payload);
        Assert.Equal(0, peer.Link.UnsettledCount);
        Assert.True(peer.Link.CanSend);
    }

    [Fact]
    [Spec("AMQP-2.7.3-c")]
    public void The_peers_message_limit_and_our_unsettled_limit_stop_sending()
    {
        ScriptedPeer peer = ScriptedPeer.InSession(ScriptedPeer.Settings() with { MaxUnsettledOutgoing = 2 });
        peer.Send(Wire.AttachReceiver("r", maxMessage: 100), Wire.Flow(handle: 0, deliveryCount: 0, credit: 10));
        AmqpLink link = peer.Link;

        Assert.Equal(SendStatus.TooLarge, link.Send([1], new byte[101], settled: true).Status);
        Assert.True(link.Send([1], new byte[100], settled: false).IsSent);
        Assert.True(link.Send([2], [1], settled: false).IsSent);
        Assert.Equal(SendStatus.UnsettledLimit, link.Send([3], [1], settled: false).Status);
        Assert.True(link.Send([3], [1], settled: true).IsSent);
        peer.Send(Wire.Disposition(receiver: true, 0));
        Assert.True(link.Send([4], [1], settled: false).IsSent);
    }

    [Theory]
    [Spec("AMQP-2.7.5-d", "AMQP-2.7.5-e")]
    [InlineData(0, true, false)]
    [InlineData(1, false, true)]
    [InlineData(2, false, false)]
    [InlineData(2, true, true)]
    public void The_senders_settle_mode_decides(byte mode, bool asked, bool isSettled)
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(sndMode: mode);

        SendResult result = peer.Link.Send([1], [1], settled: asked);

        Assert.Equal(isSettled, result.IsSettled);
        Assert.Equal(isSettled, peer.TakeOnly(0x14)[4]);
        Assert.Equal(isSettled ? 0 : 1, peer.Link.UnsettledCount);
    }

    [Fact]
    public void A_receiver_in_mode_second_is_answered_with_a_settlement()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(rcvMode: 1);
        object reference = new();
        SendResult sent = peer.Link.Send([1], [1], settled: false, new DeliveryContext(reference, 42));
        peer.Take();
        peer.Handler.Disposed = (link, number, state, settled) =>
        {
            if (!settled)
                link.Settle(number, state);
        };
        peer.Send(Wire.Disposition(receiver: true, 0, settled: false, state: Wire.Accepted));

        SentFrame answer = peer.TakeOnly(0x15);
        Assert.Equal([false, 0u, null, true], answer.Fields.Take(4));
        Assert.Equal((sent.Number, new DeliveryContext(reference, 42), (DeliveryState)Accepted.Instance, false), Assert.Single(peer.Handler.Dispositions));
        Assert.Equal(0, peer.Link.UnsettledCount);
    }

    [Fact]
    [Spec("AMQP-2.7.6-a")]
    public void Every_state_arrives_as_what_it_is()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving();
        for (int i = 0; i < 6; i++)
            peer.Link.Send([(byte)i], [1], settled: false);
        peer.Send(
            Wire.Disposition(true, 0, state: Wire.Accepted),
            Wire.Disposition(true, 1, state: Wire.Released),
            Wire.Disposition(true, 2, state: Wire.Described(0x25, Wire.List(Wire.Error("amqp:decode-error")))),
            Wire.Disposition(true, 3, state: Wire.Described(0x27, Wire.List(Wire.Bool(true), Wire.Null, Wire.Map(Wire.Sym("k"), Wire.UInt(1))))),
            Wire.Disposition(true, 4, settled: false, state: Wire.Described(0x23, Wire.List(Wire.UInt(1), Wire.ULong(2)))),
            Wire.Disposition(true, 4, state: Wire.Described(0x27, Wire.List(Wire.Bool(false), Wire.Bool(true)))),
            Wire.Disposition(true, 5, state: Wire.Described(0x34, Wire.List(Wire.Bin(1)))));

        List<DeliveryState?> states = [.. peer.Handler.Dispositions.Select(d => d.State)];
        Assert.Same(Accepted.Instance, states[0]);
        Assert.Same(Released.Instance, states[1]);
        Assert.Equal(new AmqpError("amqp:decode-error", "because"), Assert.IsType<Rejected>(states[2]).Error);
        var modified = Assert.IsType<Modified>(states[3]);
        Assert.True(modified is { DeliveryFailed: true, UndeliverableHere: false });
        Assert.Equal(1u, modified.Annotations![(Symbol)"k"]);
        Assert.Equal(new Received(1, 2), states[4]);
        Assert.Same(Modified.Of(false, true), states[5]);
        Assert.IsType<UnknownState>(states[6]);
    }

    [Fact]
    [Spec("AMQP-2.6.7-f", "AMQP-2.7.4-d")]
    public void Drain_uses_credit_up_and_tells_the_receiver()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(credit: 0);
        peer.Send(Wire.Flow(handle: 0, deliveryCount: 0, credit: 10, drain: true));
        Assert.True(peer.Link.IsDraining);
        peer.Link.Send([1], [1], settled: true);
        peer.Link.Drained();

        SentFrame flow = peer.TakeOnly(0x13);
        Assert.Equal(10u, flow[5]);
        Assert.Equal(0u, flow[6]);
        Assert.False(peer.Link.IsDraining);
        Assert.Equal(0u, peer.Link.Credit);
    }

    [Fact]
    [Spec("AMQP-2.6.7-f")]
    public void A_drain_of_nothing_is_answered_at_once()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(credit: 0);
        peer.Send(Wire.Flow(handle: 0, deliveryCount: 0, credit: 0, drain: true));

        Assert.Equal(0u, peer.TakeOnly(0x13)[6]);
        Assert.False(peer.Link.IsDraining);
    }

    [Fact]
    [Spec("AMQP-2.6.7-a", "AMQP-2.7.4-d")]
    public void A_receiver_drains_its_sender()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 0);
        peer.Link.SetCredit(10, drain: true);
        Assert.Equal(true, peer.TakeOnly(0x13)[8]);
        peer.Send(Wire.Transfer([1]), Wire.Flow(nextOut: 1, handle: 0, deliveryCount: 10, credit: 0, drain: true));

        Assert.Equal("flow s credit=0 drain=False can=False", peer.Handler.Events[^1]);
        Assert.Equal(0u, peer.Link.Credit);
        peer.Link.SetCredit(1);
        Assert.Equal(10u, peer.TakeOnly(0x13)[5]);
    }

    [Fact]
    [Spec("AMQP-2.7.4-e")]
    public void Echo_is_answered_for_a_link_and_for_a_session()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 4);
        peer.Send(Wire.Flow(handle: 0, echo: true), Wire.Flow(echo: true));

        List<SentFrame> sent = peer.Take();
        Assert.Equal([0u, null], sent.Select(frame => frame[4]));
        Assert.Equal(4u, sent[0][6]);
    }

    [Fact]
    [Spec("AMQP-2.6.7-b")]
    public void Credit_is_never_granted_beyond_what_may_be_unsettled()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(ScriptedPeer.Settings() with { MaxUnsettledIncoming = 5 }, credit: 3);
        peer.Send(Wire.Transfer([1], id: 0), Wire.Transfer([1], id: 1));

        Assert.Equal(3u, peer.Link.SetCredit(1000));
        peer.Link.Settle(new DeliveryNumber(0), Accepted.Instance);
        Assert.Equal(4u, peer.Link.SetCredit(1000));
    }

    [Fact]
    [Spec("AMQP-2.6.7-d")]
    public void Credit_that_is_taken_back_may_have_been_used_already()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 5);
        peer.Link.SetCredit(0);
        for (uint i = 0; i < 5; i++)
            peer.Send(Wire.Transfer([1], id: i));
        Assert.Equal(5, peer.Handler.Payloads.Count);
        peer.Take();
        peer.Send(Wire.Transfer([1], id: 5));

        Assert.Equal("amqp:link:transfer-limit-exceeded", peer.TakeOnly(0x16).Condition(2));
    }

    [Fact]
    public void Credit_counts_a_delivery_that_is_half_here()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(ScriptedPeer.Settings() with { MaxUnsettledIncoming = 2 }, credit: 2);
        peer.Send(Wire.Transfer([1], more: true));

        Assert.Equal(1u, peer.Link.SetCredit(2));
    }

    [Fact]
    public void A_sender_that_gave_up_more_than_is_left_of_a_lowered_grant_is_followed()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 0);
        peer.Link.SetCredit(5, drain: true);
        peer.Link.SetCredit(2);
        peer.Send(Wire.Flow(handle: 0, deliveryCount: 5, credit: 0, drain: true));
        peer.Take();
        peer.Link.SetCredit(3);

        SentFrame flow = peer.TakeOnly(0x13);
        Assert.Equal(5u, flow[5]);
        Assert.Equal(3u, flow[6]);
    }

    [Fact]
    [Spec("AMQP-2.8.5-a", "AMQP-2.7.4-d")]
    public void Numbers_wrap_around_on_both_sides()
    {
        ScriptedPeer peer = new();
        peer.Send(Wire.AmqpHeader, Wire.Open(), Wire.Begin(nextOut: uint.MaxValue - 1),
            Wire.Performative(0, 0x12, Wire.Str("s"), Wire.UInt(0), Wire.Bool(false), Wire.Null, Wire.Null, Wire.Described(0x28, Wire.List()), Wire.Described(0x29, Wire.List()), Wire.Null, Wire.Null, Wire.UInt(uint.MaxValue - 1)));
        peer.Take();
        for (uint i = 0; i < 4; i++)
            peer.Send(Wire.Transfer([(byte)i], id: unchecked(uint.MaxValue - 1 + i)));
        int settled = peer.Link.Disposition(new DeliveryNumber(uint.MaxValue), new DeliveryNumber(1), Accepted.Instance, settled: true);
        peer.Link.SetCredit(5);

        Assert.Equal(4, peer.Handler.Payloads.Count);
        Assert.Equal(3, settled);
        List<SentFrame> sent = peer.Take();
        Assert.Equal([uint.MaxValue, 1u], [sent[0][1], sent[0][2]]);
        Assert.Equal(2u, sent[1][0]);
        Assert.Equal(2u, sent[1][5]);
    }

    [Fact]
    public void Owners_may_settle_send_and_end_from_within_callbacks()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Handler.Delivered = (link, number) =>
        {
            link.Settle(number, Accepted.Instance);
            if (number.Value == 1)
                link.Session.End(new AmqpError(AmqpConditions.NotAllowed));
        };
        peer.Send(Wire.Transfer([1], id: 0), Wire.Transfer([2], id: 1), Wire.Transfer([3], id: 2));

        Assert.Equal([0x15ul, 0x15ul, 0x17ul], peer.Take().Select(frame => frame.Code));
        Assert.Equal(2, peer.Handler.Payloads.Count);
    }

    [Fact]
    public void Ending_within_the_delivery_of_a_large_message_keeps_its_bytes_valid()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Handler.Delivered = (link, _) => link.Connection.Close();
        peer.Send(Wire.Transfer(new byte[100], more: true), Wire.Transfer(new byte[100], id: null));

        Assert.Equal(200, peer.Handler.Payloads.Single().Length);
        Assert.Equal(AmqpConnectionState.Closing, peer.Connection.State);
    }

    [Fact]
    public void A_message_that_the_owner_cannot_read_costs_its_link()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Handler.Delivered = (_, _) => _ = new MessageReader([0x40]).BodyKind;
        peer.Send(Wire.Transfer([1]));

        Assert.Equal("amqp:decode-error", peer.TakeOnly(0x16).Condition(2));
    }

    [Fact]
    public void A_scattered_payload_is_sent_whole()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving();
        var first = new Segment(new byte[] { 1, 2 });
        Segment last = first.Append(new byte[] { 3 });
        peer.Link.Send([1], new ReadOnlySequence<byte>(first, 0, last, 1), settled: true);

        Assert.Equal([1, 2, 3], peer.TakeOnly(0x14).Payload);
    }

    [Fact]
    public void Misuse_is_the_owners_fault()
    {
        ScriptedPeer receiving = ScriptedPeer.Receiving();
        ScriptedPeer sending = ScriptedPeer.Sending();

        Assert.Throws<ArgumentException>(() => receiving.Link.Send(new byte[33], [1], settled: true));
        Assert.Throws<InvalidOperationException>(() => receiving.Link.SetCredit(1));
        Assert.Throws<InvalidOperationException>(() => sending.Link.Send([1], [1], settled: true));
        Assert.Throws<InvalidOperationException>(() => sending.Connection.CompleteSasl(Amqp.Sasl.SaslCode.Ok));
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        internal Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
