using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Engine;

/// <summary>Rules of the standard that no other test is about.</summary>
public sealed class RuleTests
{
    [Fact]
    [Spec("AMQP-2.3.1-c", "AMQP-2.3.2-a")]
    public void An_extended_header_is_passed_over_and_an_empty_frame_says_nothing()
    {
        var peer = new ScriptedPeer();
        byte[] open = Wire.Open();
        byte[] extended = [0, 0, 0, (byte)(open.Length + 4), 3, 0, 0, 0, 9, 9, 9, 9, .. open.AsSpan(8)];
        Assert.True(extended.Length < 256);
        peer.Send(Wire.AmqpHeader, extended, Wire.Frame(0, 0, []), Wire.Begin());

        Assert.Equal([0x10ul, 0x11ul], peer.Take().Select(frame => frame.Code));
    }

    [Fact]
    [Spec("AMQP-2.5.1-a", "AMQP-2.7.2-a", "AMQP-2.5.2-a", "AMQP-2.7.1-e")]
    public void A_session_is_answered_by_its_channel_and_so_is_its_end()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.AmqpHeader, Wire.Open(channelMax: 1), Wire.Begin(channel: 5), Wire.Begin(channel: 7));
        SentFrame[] begins = [.. peer.Take().Where(frame => frame.Code == 0x11)];
        Assert.Equal([(ushort)5, (ushort)7], begins.Select(frame => frame[0]));
        Assert.Equal(2, begins.Select(frame => frame.Channel).Distinct().Count());
        Assert.All(begins, frame => Assert.InRange(frame.Channel, 0, 1));

        peer.Send(Wire.End(channel: 5));
        Assert.Equal(begins[0].Channel, peer.TakeOnly(0x17).Channel);
    }

    [Fact]
    [Spec("AMQP-2.4.3-a", "AMQP-2.4.3-b", "AMQP-2.4.3-c", "AMQP-2.4.4-a")]
    public void Close_is_answered_once_and_is_the_last_frame()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving();
        peer.Send(Wire.Close());
        peer.TakeOnly(0x18);
        Assert.True(peer.Connection.IsClosed);
        peer.Connection.Close(new AmqpError(AmqpConditions.InternalError));
        peer.Connection.Tick(1_000_000);
        Assert.Empty(peer.Take());

        ScriptedPeer crossing = ScriptedPeer.Sending();
        crossing.Connection.Close(new AmqpError(AmqpConditions.ConnectionForced));
        crossing.Send(Wire.Transfer([1]), Wire.Close("amqp:internal-error"));
        Assert.Equal([0x18ul], crossing.Take().Select(frame => frame.Code));
        Assert.True(crossing.Connection.IsClosed);
        Assert.Empty(crossing.Handler.Payloads);
    }

    [Fact]
    [Spec("AMQP-2.7.1-d", "AMQP-2.7.1-b")]
    public void Frames_of_512_bytes_are_taken()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(ScriptedPeer.Settings() with { MaxFrameSize = 512 });
        int around = Wire.Transfer([]).Length;
        byte[] transfer = Wire.Transfer(new byte[512 - around]);
        Assert.Equal(512, transfer.Length);
        peer.Send(transfer);

        Assert.Equal(512 - around, peer.Handler.Payloads.Single().Length);
    }

    [Fact]
    [Spec("AMQP-2.7.4-a", "AMQP-2.7.4-c", "AMQP-2.7.4-e")]
    public void Flow_tells_what_was_received_and_of_links_only_with_a_handle()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(credit: 4);
        peer.Send(
            Wire.Transfer([1]),
            Wire.Flow(nextOut: 1, handle: 0, deliveryCount: 1, credit: 3, echo: true),
            Wire.Flow(nextOut: 1, echo: true));

        List<SentFrame> sent = peer.Take();
        Assert.Equal([1u, 1u], sent.Select(frame => frame[0]));
        Assert.Equal([0u, 1u, 3u], [sent[0][4], sent[0][5], sent[0][6]]);
        Assert.Equal([null, null, null], [sent[1][4], sent[1][5], sent[1][6]]);
    }

    [Fact]
    [Spec("AMQP-2.7.5-a", "AMQP-2.7.5-h", "AMQP-2.7.5-c", "AMQP-2.6.12-a", "AMQP-2.6.7-a")]
    public void The_first_frame_of_a_delivery_names_it()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving(maxFrame: 512);
        peer.Link.Send([7], new byte[900], settled: false);
        peer.Link.Send([8], [1], settled: false);

        List<SentFrame> sent = peer.Take();
        SentFrame[] firsts = [.. sent.Where(frame => frame[1] is not null)];
        Assert.Equal([0u, 1u], firsts.Select(frame => frame[1]));
        Assert.Equal([[7], [8]], firsts.Select(frame => (byte[])frame[2]!));
        Assert.Equal([0u, 0u], firsts.Select(frame => frame[3]));
        Assert.All(sent, frame => Assert.NotEqual(true, frame[4]));
        peer.Send(Wire.Flow(nextIn: 3, handle: 0, echo: true));
        Assert.Equal(2u, peer.TakeOnly(0x13)[5]);
    }

    [Fact]
    [Spec("AMQP-2.4.6-a", "AMQP-2.5.5-a")]
    public void After_an_error_all_but_the_answer_is_passed_over()
    {
        ScriptedPeer session = ScriptedPeer.Sending();
        session.Send(Wire.Flow(handle: 5));
        Assert.Equal("amqp:session:unattached-handle", session.TakeOnly(0x17).Condition(0));
        session.Send(Wire.Transfer([1]), Wire.Flow(handle: 9), Wire.AttachSender("late", handle: 3));
        Assert.Empty(session.Take());
        session.Send(Wire.End(), Wire.Begin());
        session.TakeOnly(0x11);

        ScriptedPeer connection = ScriptedPeer.Sending();
        connection.Send(Wire.Open());
        Assert.Equal("amqp:illegal-state", connection.TakeOnly(0x18).Condition(0));
        connection.Send(Wire.Transfer([1]), Wire.Begin(channel: 2), Wire.Close());
        Assert.Empty(connection.Take());
        Assert.True(connection.Connection.IsClosed);
        Assert.Empty(connection.Handler.Payloads);
    }

    [Fact]
    [Spec("AMQP-2.6.5-a", "AMQP-2.6.6-a", "AMQP-2.6.4-a")]
    public void Detach_is_answered_in_kind_also_for_an_error_of_the_link()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.Detach(0));
        Assert.Equal(true, peer.TakeOnly(0x16)[1]);
        peer.Send(Wire.AttachSender("again"), Wire.Transfer([1], tag: new byte[33]));
        SentFrame detach = peer.TakeOnly(0x16);
        Assert.Equal((true, "amqp:invalid-field"), (detach[1], detach.Condition(2)));
        Assert.False(peer.Handler.Links[^1].IsAttached);
    }

    [Fact]
    [Spec("AMQP-2.6.12-b", "AMQP-2.6.12-c")]
    public void What_is_unsettled_is_kept_until_one_side_settles_and_then_no_more()
    {
        ScriptedPeer peer = ScriptedPeer.Receiving();
        peer.Link.Send([1], [1], settled: false);
        peer.Send(Wire.Disposition(receiver: true, 0, settled: false, state: Wire.Accepted));
        Assert.Equal(1, peer.Link.UnsettledCount);
        peer.Send(Wire.Disposition(receiver: true, 0, state: Wire.Accepted));
        Assert.Equal(0, peer.Link.UnsettledCount);
        peer.Handler.Dispositions.Clear();
        peer.Send(Wire.Disposition(receiver: true, 0, state: Wire.Released));
        Assert.Empty(peer.Handler.Dispositions);
        Assert.False(peer.Link.Settle(new DeliveryNumber(0), Released.Instance));
    }
}
