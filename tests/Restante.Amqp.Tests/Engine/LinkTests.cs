using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Engine;

public sealed class LinkTests
{
    [Fact]
    [Spec("AMQP-2.6.3-a")]
    public void An_accepted_link_is_answered_with_its_terminus_modes_and_limits()
    {
        ScriptedPeer peer = ScriptedPeer.InSession();
        peer.Handler.InitialCredit = 5;
        peer.Send(Wire.AttachSender("s", handle: 3, address: "telemetry", sndMode: 0, rcvMode: 1));

        List<SentFrame> sent = peer.Take();
        SentFrame attach = sent[0];
        Assert.Equal("s", attach[0]);
        Assert.Equal(0u, attach[1]);
        Assert.Equal(true, attach[2]);
        Assert.Equal((byte)0, attach[3]);
        Assert.Equal((byte)1, attach[4]);
        Assert.Equal("telemetry", ((IReadOnlyList<object?>)((DescribedValue)attach[6]!).Value!)[0]);
        Assert.Null(attach[9]);
        Assert.Equal(10_000ul, attach[10]);
        Assert.Equal(5u, sent[1][6]);
        Assert.Equal(0u, sent[1][4]);
        Assert.Equal(ReceiverSettleMode.Second, peer.Link.ReceiverSettleMode);
    }

    [Fact]
    [Spec("AMQP-2.6.3-b", "AMQP-2.7.3-b")]
    public void A_refused_link_is_an_attach_without_termini_and_a_detach()
    {
        ScriptedPeer peer = ScriptedPeer.InSession();
        peer.Handler.Attaching = (link, _) => link.Refuse(new AmqpError(AmqpConditions.NotFound, "no such address"));
        peer.Send(Wire.AttachReceiver("r"));

        List<SentFrame> sent = peer.Take();
        Assert.Equal([0x12ul, 0x16ul], sent.Select(frame => frame.Code));
        Assert.Null(sent[0][5]);
        Assert.Null(sent[0][6]);
        Assert.Equal(0u, sent[0][9]);
        Assert.Equal(true, sent[1][1]);
        Assert.Equal("amqp:not-found", sent[1].Condition(2));

        peer.Send(Wire.Detach(0));
        Assert.Empty(peer.Take());
        Assert.Equal(["attaching r out out>me", "detached r amqp:not-found us"], peer.Handler.Events);
    }

    [Fact]
    [Spec("AMQP-2.7.1-b")]
    public void An_attach_that_is_larger_than_the_peers_frames_is_not_sent_and_takes_no_handle()
    {
        var pair = new EnginePair(new AmqpSettings { ContainerId = "c" }, new AmqpSettings { ContainerId = "s", MaxFrameSize = 512 });
        pair.Pump();
        AmqpSession session = pair.Client.BeginSession()!;
        pair.Pump();
        int before = pair.FromClient.Length;
        Assert.Null(session.Attach(new LinkSettings { Name = "x", IsSender = true, Target = new Target { Address = new string('a', 1_000) } }));
        Assert.Equal(before, pair.FromClient.Length);
        AmqpLink link = session.Attach(new LinkSettings { Name = "x", IsSender = true, Target = new Target { Address = "q" } })!;
        pair.Pump();
        Assert.True(link.IsAttached);
        Assert.Equal(0u, link.LocalHandle);
    }

    [Fact]
    public void A_link_can_be_answered_later_and_credit_that_came_meanwhile_counts()
    {
        ScriptedPeer peer = ScriptedPeer.InSession();
        peer.Handler.AnswersLate = true;
        peer.Send(Wire.AttachReceiver("r"), Wire.Flow(handle: 0, deliveryCount: null, credit: 7));
        Assert.Empty(peer.Take());
        Assert.False(peer.Link.CanSend);

        Assert.True(peer.Link.Accept(new LinkAnswer { Source = new Source { Address = "x" } }));

        Assert.Equal(7u, peer.Link.Credit);
        Assert.Equal("flow r credit=7 drain=False can=True", peer.Handler.Events[^1]);
        Assert.True(peer.Link.Send([1], [2], settled: true).IsSent);
    }

    [Fact]
    public void A_peer_that_detaches_before_the_answer_gets_both_and_the_answer_comes_to_nothing()
    {
        ScriptedPeer peer = ScriptedPeer.InSession();
        peer.Handler.AnswersLate = true;
        peer.Send(Wire.AttachReceiver("r"), Wire.Detach(0));

        Assert.Equal([0x12ul, 0x16ul], peer.Take().Select(frame => frame.Code));
        Assert.False(peer.Link.Accept(new LinkAnswer()));
        Assert.False(peer.Link.Refuse(new AmqpError(AmqpConditions.NotFound)));
        Assert.Empty(peer.Take());
        Assert.Equal("detached r  peer", peer.Handler.Events[^1]);
    }

    [Fact]
    [Spec("AMQP-2.6.1-b")]
    public void A_link_of_the_same_name_and_direction_is_stolen()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.Begin(channel: 1), Wire.AttachSender("s", channel: 1));

        List<SentFrame> sent = peer.Take();
        SentFrame detach = Assert.Single(sent, frame => frame.Code == 0x16);
        Assert.Equal("amqp:link:stolen", detach.Condition(2));
        Assert.Equal(0, detach.Channel);
        Assert.Contains(sent, frame => frame is { Code: 0x12, Channel: 1 });
        Assert.Contains("detached s amqp:link:stolen us", peer.Handler.Events);
    }

    [Fact]
    [Spec("AMQP-2.6.1-a")]
    public void The_other_direction_of_a_name_is_another_link()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.AttachReceiver("s", handle: 1));

        Assert.DoesNotContain(peer.Take(), frame => frame.Code == 0x16);
        Assert.Equal(2, peer.Handler.Links.Count);
    }

    [Fact]
    [Spec("AMQP-2.6.4-a", "AMQP-2.6.2-a")]
    public void Detach_is_answered_in_kind_and_the_handle_is_free_again()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.Detach(0, closed: false, condition: "amqp:link:detach-forced"));

        Assert.Null(peer.TakeOnly(0x16)[1]);
        Assert.Equal(["detached s amqp:link:detach-forced peer"], peer.Handler.Events);
        peer.Send(Wire.AttachReceiver("r"));
        Assert.Equal(0u, peer.TakeOnly(0x12)[1]);
    }

    [Fact]
    [Spec("AMQP-2.6.4-a")]
    public void Our_detach_is_reported_when_the_peer_has_answered()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Link.Detach(new AmqpError(AmqpConditions.DetachForced));
        peer.Send(Wire.Transfer([1]));
        Assert.Empty(peer.Handler.Events);
        peer.Send(Wire.Detach(0));

        Assert.Equal(["detached s amqp:link:detach-forced us"], peer.Handler.Events);
        Assert.Single(peer.Take());
    }

    [Fact]
    [Spec("AMQP-2.4.1-b", "AMQP-2.5.2-a")]
    public void Many_links_and_sessions_share_a_connection_up_to_the_limits()
    {
        ScriptedPeer peer = ScriptedPeer.InSession();
        for (ushort channel = 1; channel <= 7; channel++)
            peer.Send(Wire.Begin(channel: channel));
        for (ushort channel = 0; channel <= 7; channel++)
        {
            for (uint handle = 0; handle <= 7; handle++)
                peer.Send(Wire.AttachSender($"l{channel}-{handle}", handle, channel));
        }

        Assert.Equal(64, peer.Take().Count(frame => frame.Code == 0x12));
        Assert.Equal(64, peer.Handler.Links.Count);
        peer.Send(Wire.Transfer([9], handle: 6, channel: 5));
        Assert.Contains("delivery l5-6 0 tag=01 settled=False length=1", peer.Handler.Events);
        peer.Send(Wire.End(channel: 5));
        Assert.Equal(8, peer.Handler.Events.Count(entry => entry.StartsWith("detached l5-", StringComparison.Ordinal)));
        Assert.Equal("ended 5 ", peer.Handler.Events[^1]);
    }

    [Fact]
    [Spec("AMQP-2.7.2-b", "AMQP-2.5.4-a")]
    public void A_peer_with_a_lower_handle_max_ends_where_no_handle_is_left()
    {
        ScriptedPeer peer = new();
        peer.Send(Wire.AmqpHeader, Wire.Open(), Wire.Begin(handleMax: 0), Wire.AttachSender("a"), Wire.AttachSender("b", handle: 1));

        Assert.Equal("amqp:resource-limit-exceeded", peer.TakeOnly(0x17).Condition(0));
    }

    [Fact]
    [Spec("AMQP-2.7.1-b")]
    public void An_answer_larger_than_the_peers_frames_is_a_refusal()
    {
        ScriptedPeer peer = ScriptedPeer.InSession(maxFrame: 512);
        peer.Send(Wire.AttachReceiver("r", address: new string('a', 600)));

        List<SentFrame> sent = peer.Take();
        Assert.Equal([0x12ul, 0x16ul], sent.Select(frame => frame.Code));
        Assert.Equal("amqp:frame-size-too-small", sent[1].Condition(2));
    }

    [Fact]
    public void Filters_come_as_described_values_and_the_whole_source_survives()
    {
        AmqpMap filter = new()
        {
            { (Symbol)"selector", new DescribedValue((Symbol)"apache.org:selector-filter:string", "kind = 'command'") },
            { (Symbol)"offset", new DescribedValue(0x137000000Aul, 17L) },
        };
        var source = new Source
        {
            Address = "mailbox",
            Durable = TerminusDurability.UnsettledState,
            ExpiryPolicy = "never",
            TimeoutSeconds = 30,
            DistributionMode = "move",
            Filter = filter,
            DefaultOutcome = Modified.Of(true, false),
            Outcomes = ["amqp:accepted:list", "amqp:rejected:list"],
            Capabilities = ["queue"],
        };
        (EnginePair pair, AmqpLink client, _) = EnginePair.Linked(clientSends: false, link: new LinkSettings
        {
            Name = "l",
            IsSender = false,
            Source = source,
            Target = new Target { Address = "t", Dynamic = true, Capabilities = ["a", "b"] },
            Properties = new AmqpMap { { (Symbol)"p", 1 } },
        });

        Source seen = pair.ServerHandler.LastAttach!.Source!;
        Assert.True(client.IsAttached);
        Assert.Equal(source.ExpiryPolicy, seen.ExpiryPolicy);
        Assert.Equal(TerminusDurability.UnsettledState, seen.Durable);
        Assert.Equal(30u, seen.TimeoutSeconds);
        Assert.Equal(source.Outcomes, seen.Outcomes);
        Assert.Equal(source.Capabilities, seen.Capabilities);
        Assert.Equal(source.DefaultOutcome, seen.DefaultOutcome);
        Assert.Equal(filter, seen.Filter, Types.ValueEquality.Instance);
        Assert.True(pair.ServerHandler.LastAttach.Target!.Dynamic);
        Assert.Equal(2, pair.ServerHandler.LastAttach.Target.Capabilities.Count);
        Assert.Equal(1, pair.ServerHandler.LastAttach.Properties![(Symbol)"p"]);
    }

    [Fact]
    public void A_client_learns_that_its_link_was_refused()
    {
        AmqpSettings settings = ScriptedPeer.Settings();
        var pair = new EnginePair(settings, settings);
        pair.ServerHandler.Attaching = (link, _) => link.Refuse(new AmqpError(AmqpConditions.NotFound, "nowhere"));
        pair.Pump();
        AmqpSession session = pair.Client.BeginSession()!;
        AmqpLink link = session.Attach(new LinkSettings { Name = "x", IsSender = true, Target = new Target { Address = "q" } })!;
        pair.Pump();

        Assert.False(link.IsAttached);
        Assert.Equal("detached x amqp:not-found peer", pair.ClientHandler.Events[^1]);
        Assert.DoesNotContain("attached x", pair.ClientHandler.Events);
    }

    [Fact]
    public void An_answer_to_a_link_that_was_detached_meanwhile_is_no_new_link()
    {
        AmqpSettings settings = ScriptedPeer.Settings();
        var pair = new EnginePair(settings, settings);
        pair.Pump();
        AmqpLink link = pair.Client.BeginSession()!.Attach(new LinkSettings { Name = "x", IsSender = false, Source = new Source { Address = "q" } })!;
        link.SetCredit(3);
        link.SetCredit(0);
        link.Detach();
        pair.Pump();

        Assert.Empty(pair.ClientHandler.Links);
        Assert.Equal("detached x  us", pair.ClientHandler.Events[^1]);
        Assert.Equal("detached x  peer", pair.ServerHandler.Events[^1]);
    }

    [Fact]
    [Spec("AMQP-2.4.3-b", "AMQP-2.5.3-a", "AMQP-2.5.5-a")]
    public void Ending_and_closing_report_links_and_sessions_at_once_and_the_rest_is_ignored()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Handler.Sessions[0].End(new AmqpError(AmqpConditions.ResourceLimitExceeded));
        Assert.Equal(["detached s amqp:resource-limit-exceeded us", "ended 0 amqp:resource-limit-exceeded"], peer.Handler.Events);
        peer.Send(Wire.Transfer([1]), Wire.End());
        peer.Send(Wire.Begin());
        Assert.Equal([0x17ul, 0x11ul], peer.Take().Select(frame => frame.Code));

        peer.Connection.Close(new AmqpError(AmqpConditions.ConnectionForced, "shutting down"));
        peer.Send(Wire.Begin(channel: 1), Wire.Close());
        Assert.Equal("amqp:connection:forced", peer.TakeOnly(0x18).Condition(0));
        Assert.Equal("closed amqp:connection:forced us", peer.Handler.Events[^1]);
        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("AMQP-2.7.1-b")]
    public void A_long_description_is_cut_to_fit_a_frame()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.AmqpHeader, Wire.Open(maxFrame: 512));
        peer.Connection.Close(new AmqpError(AmqpConditions.InternalError, new string('é', 5_000)));

        SentFrame close = peer.TakeOnly(0x18);
        var error = (List<object?>)((DescribedValue)close[0]!).Value!;
        Assert.Equal(new string('é', 128), error[1]);
    }
}
