using Restante.Amqp.Tests.Peers;

namespace Restante.Amqp.Tests.Engine;

/// <summary>What a peer does wrong, what it costs, and the condition it is told.</summary>
public sealed class ViolationTests
{
    private enum Start
    {
        Header,
        Open,
        Session,
        Sender,
        SettledSender,
        Receiver,
    }

    private static readonly (string Name, Start Start, byte[] Bytes, ErrorScope Scope, string Condition)[] Table =
    [
        ("frame smaller than its header", Start.Open, Wire.Hex("00000007 02000000"), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("frame larger than the maximum, before its body", Start.Open, Wire.Hex("00001001 02000000"), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("data offset of 1", Start.Open, Wire.Hex("00000008 01000000"), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("data offset beyond the frame", Start.Open, Wire.Hex("00000008 03000000"), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("frame of an unknown type", Start.Open, Wire.Hex("00000008 02020000"), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("SASL frame after SASL", Start.Open, Wire.Sasl(0x41, Wire.Sym("PLAIN")), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("frame before open", Start.Header, Wire.Begin(), ErrorScope.Connection, "amqp:illegal-state"),
        ("close before open", Start.Header, Wire.Close(), ErrorScope.Connection, "amqp:illegal-state"),
        ("open on channel 1", Start.Header, Wire.Performative(1, 0x10, Wire.Str("c")), ErrorScope.Connection, "amqp:not-allowed"),
        ("open without container-id", Start.Header, Wire.Performative(0, 0x10), ErrorScope.Connection, "amqp:decode-error"),
        ("open with a container-id of 300 bytes", Start.Header, Wire.Open(new string('c', 300)), ErrorScope.Connection, "amqp:decode-error"),
        ("open with max-frame-size 511", Start.Header, Wire.Open(maxFrame: 511), ErrorScope.Connection, "amqp:invalid-field"),
        ("open with an idle-time-out of 10 ms", Start.Header, Wire.Open(idleMs: 10), ErrorScope.Connection, "amqp:not-allowed"),
        ("second open", Start.Open, Wire.Open(), ErrorScope.Connection, "amqp:illegal-state"),
        ("body that is no described value", Start.Open, Wire.Frame(0, 0, [0x41]), ErrorScope.Connection, "amqp:decode-error"),
        ("performative of an unknown kind", Start.Open, Wire.Performative(0, 0x19), ErrorScope.Connection, "amqp:decode-error"),
        ("performative that is a map", Start.Open, Wire.Frame(0, 0, Wire.Described(0x11, Wire.Map())), ErrorScope.Connection, "amqp:decode-error"),
        ("begin above channel-max", Start.Open, Wire.Begin(channel: 8), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("begin without a window", Start.Open, Wire.Performative(0, 0x11, Wire.Null, Wire.UInt(0)), ErrorScope.Connection, "amqp:decode-error"),
        ("begin that answers nothing", Start.Open, Wire.Begin(remote: 3), ErrorScope.Connection, "amqp:not-allowed"),
        ("begin on a channel in use", Start.Session, Wire.Begin(), ErrorScope.Connection, "amqp:not-allowed"),
        ("flow on a channel without session", Start.Session, Wire.Flow(channel: 2), ErrorScope.Connection, "amqp:not-allowed"),
        ("attach above handle-max", Start.Session, Wire.AttachSender("x", handle: 8), ErrorScope.Connection, "amqp:connection:framing-error"),
        ("attach with a settle mode of 3", Start.Session, Wire.AttachSender("x", sndMode: 3), ErrorScope.Connection, "amqp:decode-error"),
        ("attach on a handle in use", Start.Sender, Wire.AttachSender("other"), ErrorScope.Session, "amqp:session:handle-in-use"),
        ("attach with a name of 300 bytes", Start.Session, Wire.AttachSender(new string('n', 300)), ErrorScope.Session, "amqp:resource-limit-exceeded"),
        ("attach of a sender without initial-delivery-count", Start.Session,
            Wire.Performative(0, 0x12, Wire.Str("x"), Wire.UInt(0), Wire.Bool(false)), ErrorScope.Link, "amqp:invalid-field"),
        ("attach to a coordinator", Start.Session,
            Wire.Performative(0, 0x12, Wire.Str("x"), Wire.UInt(0), Wire.Bool(false), Wire.Null, Wire.Null, Wire.Described(0x28, Wire.List()), Wire.Described(0x30, Wire.List()), Wire.Null, Wire.Null, Wire.UInt(0)),
            ErrorScope.Link, "amqp:not-implemented"),
        ("flow on an unattached handle", Start.Session, Wire.Flow(handle: 5), ErrorScope.Session, "amqp:session:unattached-handle"),
        ("transfer on an unattached handle", Start.Session, Wire.Transfer([1]), ErrorScope.Session, "amqp:session:unattached-handle"),
        ("detach of an unattached handle", Start.Session, Wire.Detach(1), ErrorScope.Session, "amqp:session:unattached-handle"),
        ("transfer on a link that sends", Start.Receiver, Wire.Transfer([1]), ErrorScope.Link, "amqp:not-allowed"),
        ("transfer without delivery-id", Start.Sender, Wire.Transfer([1], id: null), ErrorScope.Link, "amqp:invalid-field"),
        ("transfer without delivery-tag", Start.Sender, Wire.Transfer([1], noTag: true), ErrorScope.Link, "amqp:invalid-field"),
        ("delivery-tag of 33 bytes", Start.Sender, Wire.Transfer([1], tag: new byte[33]), ErrorScope.Link, "amqp:invalid-field"),
        ("delivery-id used twice", Start.Sender, Wire.Join(Wire.Transfer([1], id: 4), Wire.Transfer([1], id: 4)), ErrorScope.Session, "amqp:invalid-field"),
        ("delivery-id that goes back", Start.Sender, Wire.Join(Wire.Transfer([1], id: 4), Wire.Transfer([1], id: 3)), ErrorScope.Session, "amqp:invalid-field"),
        ("other delivery-id within a delivery", Start.Sender, Wire.Join(Wire.Transfer([1], more: true), Wire.Transfer([1], id: 1)), ErrorScope.Link, "amqp:invalid-field"),
        ("other delivery-tag within a delivery", Start.Sender, Wire.Join(Wire.Transfer([1], more: true), Wire.Transfer([1], tag: [9])), ErrorScope.Link, "amqp:invalid-field"),
        ("transfer without credit", Start.Sender, Wire.Join([.. Enumerable.Range(0, 4).Select(i => Wire.Transfer([1], id: (uint)i, settled: true))]),
            ErrorScope.Link, "amqp:link:transfer-limit-exceeded"),
        ("unsettled transfer on a settled link", Start.SettledSender, Wire.Transfer([1], settled: false), ErrorScope.Link, "amqp:invalid-field"),
        ("settle mode second on a link of first", Start.Sender, Wire.Transfer([1], rcvMode: 1), ErrorScope.Link, "amqp:invalid-field"),
        ("message too large in several frames", Start.Sender,
            Wire.Join(Wire.Transfer(new byte[4000], more: true), Wire.Transfer(new byte[4000], id: null, more: true), Wire.Transfer(new byte[2001], id: null)),
            ErrorScope.Link, "amqp:link:message-size-exceeded"),
        ("disposition that ends before it begins", Start.Sender, Wire.Disposition(true, 5, 2), ErrorScope.Session, "amqp:invalid-field"),
        ("disposition without role", Start.Sender, Wire.Performative(0, 0x15), ErrorScope.Connection, "amqp:decode-error"),
        ("disposition with a broken state", Start.Sender,
            Wire.Performative(0, 0x15, Wire.Bool(true), Wire.UInt(0), Wire.Null, Wire.Bool(true), Wire.Str("accepted")), ErrorScope.Connection, "amqp:decode-error"),
        ("disposition with an annotation of a thousand lists without bytes", Start.Sender,
            Wire.Disposition(true, 0, state: Wire.Described(0x27, Wire.List(Wire.Null, Wire.Null, Wire.Map(Wire.Sym("a"), Wire.Hex("f0 00000005 000003e8 45"))))),
            ErrorScope.Connection, "amqp:decode-error"),
    ];

    public static TheoryData<string> Names => new(Table.Select(row => row.Name));

    internal static IEnumerable<byte[]> AllBytes => Table.Select(row => row.Bytes);

    [Theory]
    [Spec("AMQP-2.3.1-a", "AMQP-2.3.1-b", "AMQP-2.4.1-a", "AMQP-2.4.1-c", "AMQP-2.4.5-c", "AMQP-2.5.4-a", "AMQP-2.6.5-a", "AMQP-2.6.7-d")]
    [Spec("AMQP-2.7.1-a", "AMQP-2.7.1-c", "AMQP-2.7.1-f", "AMQP-2.7.2-c", "AMQP-2.7.3-a", "AMQP-2.7.3-b", "AMQP-2.7.3-d", "AMQP-2.7.4-b")]
    [Spec("AMQP-2.7.5-a", "AMQP-2.7.5-b", "AMQP-2.7.5-d", "AMQP-2.7.5-f", "AMQP-2.7.5-i", "AMQP-2.8.7-a", "AMQP-2.8.12-a", "AMQP-4-a")]
    [MemberData(nameof(Names))]
    public void A_violation_costs_its_scope_and_no_more(string name)
    {
        (string _, Start start, byte[] bytes, ErrorScope scope, string condition) = Table.Single(row => row.Name == name);
        ScriptedPeer peer = Begin(start);
        peer.Send(bytes);
        List<SentFrame> sent = peer.Take();

        SentFrame answer = sent.First(frame => frame.Code is 0x16 or 0x17 or 0x18);
        Assert.Equal(
            scope switch
            {
                ErrorScope.Link => 0x16ul,
                ErrorScope.Session => 0x17ul,
                _ => 0x18ul,
            },
            answer.Code);
        Assert.Equal(condition, answer.Condition(scope == ErrorScope.Link ? 2 : 0));
        AssertTheRestLives(peer, scope, condition);
    }

    [Fact]
    [Spec("AMQP-2.4.1-a", "AMQP-2.4.3-a")]
    public void An_open_precedes_the_close_that_answers_a_bad_open()
    {
        ScriptedPeer peer = Begin(Start.Header);
        peer.Send(Wire.Open(maxFrame: 100));

        Assert.Equal([0x10ul, 0x18ul], peer.Take().Select(frame => frame.Code));
    }

    [Fact]
    [Spec("AMQP-2.5.6-c")]
    public void A_transfer_beyond_the_window_ends_the_session()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(ScriptedPeer.Settings() with { IncomingWindow = 10 });
        peer.Send([.. Enumerable.Range(0, 10).Select(i => Wire.Transfer([1], id: (uint)i, settled: true))]);
        Assert.Equal(0x13ul, Assert.Single(peer.Take()).Code);
        Assert.Equal(10, peer.Handler.Payloads.Count);

        peer.Send([.. Enumerable.Range(10, 11).Select(i => Wire.Transfer([1], id: (uint)i, settled: true))]);

        Assert.Equal("amqp:session:window-violation", peer.TakeOnly(0x17).Condition(0));
        Assert.Equal(20, peer.Handler.Payloads.Count);
    }

    [Fact]
    [Spec("AMQP-5.3.3-c")]
    public void Sasl_frames_out_of_order_end_the_connection_without_more_bytes()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.SaslHeader, Wire.Sasl(0x44, Wire.UByte(0)));

        Assert.True(peer.Connection.IsClosed);
        Assert.Equal([0x40ul], peer.Take().Select(frame => frame.Code));
    }

    [Fact]
    [Spec("AMQP-5.3.1-a")]
    public void A_sasl_frame_above_its_limit_is_refused_before_its_body()
    {
        var peer = new ScriptedPeer(ScriptedPeer.Settings() with { MaxSaslFrameSize = 512 });
        peer.Send(Wire.SaslHeader, Wire.Hex("00000201 02010000"));

        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("AMQP-2.6.5-b")]
    public void A_detached_link_that_keeps_sending_becomes_errant()
    {
        ScriptedPeer peer = ScriptedPeer.Sending(ScriptedPeer.Settings() with { IncomingWindow = 4 });
        peer.Link.Detach(new AmqpError(AmqpConditions.DetachForced));
        peer.Take();
        for (uint i = 0; i < 8; i++)
            peer.Send(Wire.Transfer([1], id: i));
        Assert.DoesNotContain(peer.Take(), frame => frame.Code == 0x17);
        peer.Send(Wire.Transfer([1], id: 8));

        Assert.Equal("amqp:session:errant-link", peer.TakeOnly(0x17).Condition(0));
    }

    [Fact]
    public void Too_many_bytes_of_incomplete_messages_cost_the_link_that_goes_too_far()
    {
        ScriptedPeer peer = ScriptedPeer.InSession(ScriptedPeer.Settings() with { MaxIncompleteBytes = 10_000, MaxMessageSize = 10_000 });
        for (uint handle = 0; handle < 3; handle++)
            peer.Send(Wire.AttachSender($"l{handle}", handle));
        peer.Take();
        for (uint handle = 0; handle < 3; handle++)
            peer.Send(Wire.Transfer(new byte[4000], id: handle, handle: handle, more: true));

        SentFrame detach = peer.TakeOnly(0x16);
        Assert.Equal("amqp:resource-limit-exceeded", detach.Condition(2));
        Assert.Equal(2u, detach[0]);
        peer.Send(Wire.Detach(0));
        peer.Send(Wire.Transfer(new byte[100], id: null, handle: 1));
        Assert.Equal(4100, peer.Handler.Payloads.Single().Length);
        Assert.Equal(0, peer.Connection.IncompleteBytes);
    }

    private static ScriptedPeer Begin(Start start)
    {
        switch (start)
        {
            case Start.Header:
                var peer = new ScriptedPeer();
                peer.Send(Wire.AmqpHeader);
                peer.Take();
                return peer;
            case Start.Open:
                var open = new ScriptedPeer();
                open.Send(Wire.AmqpHeader, Wire.Open());
                open.Take();
                return open;
            case Start.Session:
                return ScriptedPeer.InSession();
            case Start.Sender:
                return ScriptedPeer.Sending(credit: 3);
            case Start.SettledSender:
                return ScriptedPeer.Sending(sndMode: 1);
            default:
                return ScriptedPeer.Receiving();
        }
    }

    private static void AssertTheRestLives(ScriptedPeer peer, ErrorScope scope, string condition)
    {
        switch (scope)
        {
            case ErrorScope.Link:
                peer.Send(Wire.Detach(0), Wire.AttachSender("again", handle: 0));
                Assert.Contains(peer.Take(), frame => frame.Code == 0x12);
                break;
            case ErrorScope.Session:
                peer.Send(Wire.Transfer([1]), Wire.End(), Wire.Begin(channel: 1));
                Assert.Equal([0x11ul], peer.Take().Select(frame => frame.Code));
                break;
            default:
                bool isLost = condition == "amqp:connection:framing-error";
                if (!isLost)
                    peer.Send(Wire.Flow(), Wire.Close());
                Assert.Empty(peer.Take());
                break;
        }

        if (scope == ErrorScope.Connection && condition != "amqp:connection:framing-error")
            Assert.True(peer.Connection.IsClosed);
    }
}
