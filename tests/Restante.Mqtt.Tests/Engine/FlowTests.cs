using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>QoS 1 and 2 in both directions against a scripted peer.</summary>
public sealed class FlowTests
{
    public static TheoryData<MqttVersion> Versions => [MqttVersion.V311, MqttVersion.V500];

    [Theory]
    [Spec("MQTT5-4.6.0-2", "MQTT5-2.2.1-5", "MQTT5-3.3.4-1", "MQTT5-4.3.2-4", "MQTT5-4.3.2-5", "MQTT3-4.6.0-2", "MQTT3-2.3.1-6")]
    [Spec("MQTT3-3.3.4-1", "MQTT3-4.3.2-2")]
    [MemberData(nameof(Versions))]
    public void Pubacks_leave_in_the_order_of_the_publishes(MqttVersion version)
    {
        Peer peer = Peer.ServerAccepted(version);
        foreach (int id in new[] { 3, 1, 2 })
        {
            peer.Feed(Publish(version, 0x32, id));
        }

        Assert.True(peer.Connection.AcknowledgePublish(new PacketId(2)));
        Assert.True(peer.Connection.AcknowledgePublish(new PacketId(1), MqttReasonCode.QuotaExceeded, "full"));
        Assert.False(peer.Connection.AcknowledgePublish(new PacketId(1)));
        Assert.False(peer.Connection.AcknowledgePublish(new PacketId(9)));
        peer.Wrote();
        Assert.True(peer.Connection.AcknowledgePublish(new PacketId(3)));
        byte[] refusal = version == MqttVersion.V500 ? Bytes.Packet(0x40, "0001 97 {1F 'full'}") : Bytes.Packet(0x40, "0001");
        peer.Wrote(Bytes.Packet(0x40, "0003"), refusal, Bytes.Packet(0x40, "0002"));
    }

    [Theory]
    [Spec("MQTT5-4.6.0-3", "MQTT5-4.3.3-8", "MQTT5-4.3.3-10", "MQTT5-4.3.3-11", "MQTT5-4.3.3-12", "MQTT5-3.7.2-1", "MQTT5-2.2.1-5")]
    [Spec("MQTT3-4.6.0-3", "MQTT3-4.3.3-2", "MQTT3-2.3.1-6")]
    [MemberData(nameof(Versions))]
    public void Qos_2_is_raised_once_per_identifier_until_released(MqttVersion version)
    {
        Peer peer = Peer.ServerAccepted(version);
        peer.Feed(Publish(version, 0x34, 1));
        peer.Feed(Publish(version, 0x34, 2));
        Assert.Equal(2, peer.Handler.Events.Count);
        peer.Connection.AcknowledgePublish(new PacketId(2));
        peer.Wrote();
        peer.Connection.AcknowledgePublish(new PacketId(1));
        peer.Wrote(Bytes.Packet(0x50, "0001"), Bytes.Packet(0x50, "0002"));

        peer.Handler.Events.Clear();
        peer.Feed(Publish(version, 0x3C, 1));
        peer.Told();
        peer.Wrote(Bytes.Packet(0x50, "0001"));

        peer.Feed(Bytes.Packet(0x62, "0001"));
        peer.Told("RELEASED 1");
        peer.Wrote(Bytes.Packet(0x70, "0001"));

        peer.Feed(Bytes.Packet(0x62, "0001"));
        peer.Told();
        peer.Wrote(Bytes.Packet(0x70, version == MqttVersion.V500 ? "0001 92" : "0001"));

        peer.Feed(Publish(version, 0x34, 1));
        Assert.Single(peer.Handler.Events);
    }

    [Fact]
    [Spec("MQTT5-4.3.3-9", "MQTT5-3.5.2-1")]
    public void A_refused_qos_2_message_frees_its_identifier()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(Publish(MqttVersion.V500, 0x34, 1));
        peer.Connection.AcknowledgePublish(new PacketId(1), MqttReasonCode.NotAuthorized);
        peer.Wrote(Bytes.Packet(0x50, "0001 87"));
        peer.Feed(Publish(MqttVersion.V500, 0x34, 1));
        Assert.Equal(2, peer.Handler.Events.Count);
        Assert.False(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("MQTT5-3.3.4-7")]
    public void More_messages_than_the_receive_maximum_end_a_5_connection()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        for (int id = 1; id <= 8; id++)
        {
            peer.Feed(Publish(MqttVersion.V500, id % 2 == 0 ? 0x32 : 0x34, id));
        }

        // A QoS 2 message counts until PUBCOMP, so answering it does not make room; QoS 1 does.
        peer.Connection.AcknowledgePublish(new PacketId(1));
        peer.Connection.AcknowledgePublish(new PacketId(2));
        peer.Feed(Publish(MqttVersion.V500, 0x32, 9));
        Assert.False(peer.Connection.IsClosed);
        peer.Feed(Publish(MqttVersion.V500, 0x30, 0));
        Assert.False(peer.Connection.IsClosed);
        peer.Forget();
        peer.Feed(Publish(MqttVersion.V500, 0x32, 10));
        peer.EndedWith(MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Fact]
    public void A_311_peer_is_read_no_further_while_the_owner_owes_answers()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V311, keepAlive: 10);
        peer.Feed(Bytes.Join([.. Enumerable.Range(1, 20).Select(id => Publish(MqttVersion.V311, 0x32, id))]));
        Assert.Equal(8, peer.Handler.Events.Count);
        Assert.True(peer.Connection.IsPaused);
        Assert.Equal(long.MaxValue, peer.Connection.NextDeadlineMs);
        peer.Tick(1_000_000);
        Assert.False(peer.Connection.IsClosed);
        peer.Connection.AcknowledgePublish(new PacketId(1));
        Assert.False(peer.Connection.IsPaused);
        peer.Feed();
        Assert.Equal(9, peer.Handler.Events.Count);
        peer.Tick(1_009_000);
        Assert.False(peer.Connection.IsClosed);
    }

    [Fact]
    public void Unreleased_identifiers_of_a_311_peer_are_bounded()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V311, settings: Peer.TestSettings with { MaximumUnreleased = 3 });
        peer.Handler.AcknowledgeAtOnce = true;
        for (int id = 1; id <= 3; id++)
        {
            peer.Feed(Publish(MqttVersion.V311, 0x34, id));
        }

        peer.Forget();
        peer.Feed(Publish(MqttVersion.V311, 0x34, 4));
        peer.EndedWith(MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Unreleased_identifiers_of_earlier_connections_count(MqttVersion version)
    {
        Peer peer = Restored(version, 3, Peer.TestSettings with { MaximumUnreleased = 4 });
        peer.Feed(Publish(version, 0x34, 10));
        Assert.Single(peer.Handler.Events);
        peer.Forget();
        peer.Feed(Publish(version, 0x34, 11));
        peer.EndedWith(MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Fact]
    public void The_end_of_earlier_flows_makes_no_more_room_than_the_receive_maximum()
    {
        Peer peer = Restored(MqttVersion.V500, 5, Peer.TestSettings);
        for (int id = 1; id <= 5; id++)
            peer.Feed(Bytes.Packet(0x62, $"{id:X4}"));
        peer.Forget();
        for (int id = 10; id < 18; id++)
            peer.Feed(Publish(MqttVersion.V500, 0x32, id));
        Assert.Equal(8, peer.Handler.Events.Count);
        peer.Forget();
        peer.Feed(Publish(MqttVersion.V500, 0x32, 18));
        peer.EndedWith(MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Fact]
    public void The_end_of_an_earlier_flow_makes_room_for_one_message_more()
    {
        Peer peer = Restored(MqttVersion.V500, 1, Peer.TestSettings);
        for (int id = 10; id < 18; id++)
            peer.Feed(Publish(MqttVersion.V500, 0x32, id));
        peer.Feed(Bytes.Packet(0x62, "0001"));
        peer.Handler.Events.Clear();
        peer.Feed(Publish(MqttVersion.V500, 0x32, 18));
        Assert.Single(peer.Handler.Events);
        Assert.False(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("MQTT5-2.2.1-3", "MQTT3-2.3.1-2", "MQTT3-2.3.1-3")]
    public void An_identifier_in_use_is_refused()
    {
        (int First, int Second)[] pairs = [(0x32, 0x32), (0x32, 0x3A), (0x32, 0x34), (0x34, 0x32), (0x34, 0x34)];
        foreach ((int first, int second) in pairs)
        {
            Peer peer = Peer.ServerAccepted(MqttVersion.V500);
            peer.Feed(Publish(MqttVersion.V500, first, 1));
            peer.Feed(Publish(MqttVersion.V500, second, 1));
            peer.EndedWith(MqttReasonCode.ProtocolError);
        }

        Peer old = Peer.ServerAccepted(MqttVersion.V311);
        old.Feed(Publish(MqttVersion.V311, 0x32, 1));
        old.Feed(Publish(MqttVersion.V311, 0x3A, 1));
        Assert.Single(old.Handler.Events);
        old.Connection.AcknowledgePublish(new PacketId(1));
        old.Wrote(Bytes.Packet(0x40, "0001"));
        old.Feed(Publish(MqttVersion.V311, 0x32, 2));
        old.Feed(Publish(MqttVersion.V311, 0x32, 2));
        old.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    public void Subscribe_with_an_identifier_in_use_is_refused_by_itself()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(Publish(MqttVersion.V500, 0x32, 1));
        peer.Handler.Events.Clear();
        peer.Feed(Bytes.Packet(0x82, "0001 {} 'a' 00 'b' 00"));
        peer.Told();
        peer.Wrote(Bytes.Packet(0x90, "0001 {} 91 91"));
        Assert.False(peer.Connection.IsClosed);
    }

    [Theory]
    [Spec("MQTT5-4.3.1-1", "MQTT5-4.3.2-1", "MQTT5-4.3.2-2", "MQTT5-4.3.2-3", "MQTT5-3.3.4-9", "MQTT5-3.3.1-2", "MQTT5-4.9.0-1")]
    [Spec("MQTT5-4.9.0-2", "MQTT5-2.2.1-2", "MQTT3-4.3.1-1", "MQTT3-4.3.2-1", "MQTT3-3.3.1-2")]
    [MemberData(nameof(Versions))]
    public void Sending_qos_1_is_bounded_by_the_quota(MqttVersion version)
    {
        Peer peer = Peer.ServerAccepted(version, version == MqttVersion.V500 ? "21 0002" : "", Peer.TestSettings with { MaximumOutgoingInFlight = 2 });
        Assert.Equal(2, peer.Connection.SendQuota);
        Assert.Equal(1, peer.Send("t", "a", MqttQos.AtLeastOnce).PacketId.Value);
        Assert.Equal(2, peer.Send("t", "b", MqttQos.AtLeastOnce).PacketId.Value);
        peer.Wrote(Publish(version, 0x32, 1, "a"), Publish(version, 0x32, 2, "b"));
        Assert.Equal(MqttSendStatus.Blocked, peer.Send("t", "c", MqttQos.AtLeastOnce).Status);
        Assert.Equal(MqttSendStatus.Sent, peer.Send("t", "c").Status);
        peer.Wrote(Publish(version, 0x30, 0, "c"));
        peer.Feed(Bytes.Packet(0x40, "0002"));
        peer.Told("PUBACK id=2 00");
        Assert.Equal(1, peer.Connection.SendQuota);
        Assert.Equal(3, peer.Send("t", "d", MqttQos.AtLeastOnce).PacketId.Value);
        peer.Feed(Bytes.Packet(0x40, "0063"));
        peer.Told();
        Assert.False(peer.Connection.IsClosed);
    }

    [Theory]
    [Spec("MQTT5-4.3.3-2", "MQTT5-4.3.3-3", "MQTT5-4.3.3-4", "MQTT5-4.3.3-5", "MQTT5-4.6.0-4", "MQTT3-4.3.3-1", "MQTT3-4.6.0-4")]
    [MemberData(nameof(Versions))]
    public void Pubrel_waits_for_the_owner_and_keeps_the_order_of_the_pubrecs(MqttVersion version)
    {
        Peer peer = Peer.ServerAccepted(version);
        peer.Send("t", "", MqttQos.ExactlyOnce);
        peer.Send("t", "", MqttQos.ExactlyOnce);
        peer.Take();
        peer.Feed(Bytes.Join(Bytes.Packet(0x50, "0002"), Bytes.Packet(0x50, "0001")));
        peer.Told("PUBREC id=2 00", "PUBREC id=1 00");
        peer.Feed(Bytes.Packet(0x50, "0002"));
        peer.Told();
        peer.Wrote();
        Assert.True(peer.Connection.ReleaseOutgoing(new PacketId(1)));
        peer.Wrote();
        Assert.True(peer.Connection.ReleaseOutgoing(new PacketId(2)));
        Assert.False(peer.Connection.ReleaseOutgoing(new PacketId(2)));
        peer.Wrote(Bytes.Packet(0x62, "0002"), Bytes.Packet(0x62, "0001"));
        peer.Feed(Bytes.Packet(0x50, "0002"));
        peer.Wrote(Bytes.Packet(0x62, "0002"));
        Assert.Equal(6, peer.Connection.SendQuota);
        peer.Feed(Bytes.Join(Bytes.Packet(0x70, "0002"), Bytes.Packet(0x70, "0001")));
        peer.Told("PUBCOMP id=2 00", "PUBCOMP id=1 00");
        Assert.Equal(8, peer.Connection.SendQuota);
    }

    [Fact]
    [Spec("MQTT5-4.3.3-4", "MQTT5-3.6.2-1")]
    public void A_pubrec_of_failure_ends_the_flow()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Send("t", "", MqttQos.ExactlyOnce);
        peer.Take();
        peer.Feed(Bytes.Packet(0x50, "0001 97 {1F 'full'}"));
        peer.Told("PUBREC id=1 97 [ReasonString=full]");
        Assert.Equal(8, peer.Connection.SendQuota);
        Assert.False(peer.Connection.ReleaseOutgoing(new PacketId(1)));
        peer.Feed(Bytes.Packet(0x50, "0009"));
        peer.Wrote(Bytes.Packet(0x62, "0009 92"));
    }

    [Fact]
    [Spec("MQTT5-4.13.1-1")]
    public void An_answer_of_the_wrong_kind_is_a_protocol_error()
    {
        (MqttQos Qos, byte First)[] pairs = [(MqttQos.AtLeastOnce, 0x50), (MqttQos.AtLeastOnce, 0x70), (MqttQos.ExactlyOnce, 0x40), (MqttQos.ExactlyOnce, 0x70)];
        foreach ((MqttQos qos, byte first) in pairs)
        {
            Peer peer = Peer.ServerAccepted(MqttVersion.V500);
            peer.Send("t", "", qos);
            peer.Take();
            peer.Feed(Bytes.Packet(first, "0001"));
            peer.EndedWith(MqttReasonCode.ProtocolError);
        }

        Peer early = Peer.ServerAccepted(MqttVersion.V500);
        early.Feed(Publish(MqttVersion.V500, 0x34, 1));
        early.Feed(Bytes.Packet(0x62, "0001"));
        early.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    [Spec("MQTT5-4.4.0-1", "MQTT5-3.3.1-1", "MQTT5-3.3.1-3", "MQTT3-3.3.1-3")]
    public void A_session_goes_on_on_a_later_connection()
    {
        Peer first = Peer.ServerAccepted(MqttVersion.V500, clean: false);
        for (int i = 0; i < 3; i++)
        {
            first.Send("t", "", i == 0 ? MqttQos.AtLeastOnce : MqttQos.ExactlyOnce);
        }

        first.Feed(Bytes.Join(Bytes.Packet(0x50, "0002"), Publish(MqttVersion.V500, 0x34, 7), Publish(MqttVersion.V500, 0x34, 8), Publish(MqttVersion.V500, 0x32, 9)));
        first.Connection.ReleaseOutgoing(new PacketId(2));
        first.Connection.AcknowledgePublish(new PacketId(7));
        first.Connection.TransportClosed();
        first.Take();
        Assert.True(first.Connection.AcknowledgePublish(new PacketId(8)));
        Assert.True(first.Connection.AcknowledgePublish(new PacketId(9)));
        first.Wrote();

        MqttSessionState state = first.Connection.ExportSession();
        Assert.Equal(new ushort[] { 7, 8 }, state.UnreleasedIncoming.ToArray());
        Assert.Equal(new ushort[] { 2 }, state.AwaitingPubComp.ToArray());
        Assert.Equal(new ushort[] { 1, 3 }, state.Unacknowledged.ToArray());

        Peer second = new(MqttRole.Server);
        second.Feed(Bytes.Packet(0x10, "'MQTT' 05 00 003C {} 'dev'"));
        second.Connection.RestoreSession(state);
        second.Connection.AcceptConnect(new MqttConnAckOptions { SessionPresent = true });
        second.Wrote(Bytes.Packet(0x20, "01 00 {21 0008 27 00001000 22 0004}"), Bytes.Packet(0x62, "0002"));
        second.Handler.Events.Clear();

        second.Feed(Bytes.Join(Publish(MqttVersion.V500, 0x3C, 7), Bytes.Packet(0x62, "0008"), Bytes.Packet(0x70, "0002")));
        second.Told("RELEASED 8", "PUBCOMP id=2 00");
        second.Wrote(Bytes.Packet(0x50, "0007"), Bytes.Packet(0x70, "0008"));

        MqttSendResult resent = second.Connection.Send(new OutgoingMessage { Topic = "t"u8, Qos = MqttQos.AtLeastOnce, ResendAs = new PacketId(1) });
        Assert.Equal(1, resent.PacketId.Value);
        second.Wrote(Publish(MqttVersion.V500, 0x3A, 1));
        Assert.Equal(4, second.Send("t", "", MqttQos.AtLeastOnce).PacketId.Value);
        Assert.True(second.Connection.AbandonOutgoing(new PacketId(3)));
        Assert.False(second.Connection.AbandonOutgoing(new PacketId(3)));
        Assert.Throws<ArgumentException>(() => second.Connection.Send(new OutgoingMessage { Topic = "t"u8, Qos = MqttQos.AtLeastOnce, ResendAs = new PacketId(1) }));
    }

    [Fact]
    [Spec("MQTT5-3.2.2-5")]
    public void What_was_restored_is_dropped_when_there_is_no_session()
    {
        Peer peer = new(MqttRole.Client);
        peer.Connection.RestoreSession(new MqttSessionState { AwaitingPubComp = new ushort[] { 5 }, UnreleasedIncoming = new ushort[] { 6 } });
        peer.Connection.Connect(new MqttConnectOptions { ClientId = "c", CleanStart = false });
        peer.Feed(Bytes.Packet(0x20, "00 00 {}"));
        Assert.True(peer.Connection.ExportSession().IsEmpty);
    }

    [Theory]
    [Spec("MQTT5-2.2.1-6", "MQTT5-3.8.4-1", "MQTT5-3.8.4-2", "MQTT5-3.8.4-6", "MQTT5-3.10.4-4", "MQTT5-3.10.4-5", "MQTT5-3.11.3-1")]
    [Spec("MQTT5-3.11.3-2", "MQTT5-3.9.3-2", "MQTT3-2.3.1-7", "MQTT3-3.8.4-1", "MQTT3-3.8.4-2", "MQTT3-3.10.4-4")]
    [MemberData(nameof(Versions))]
    public void Subscriptions_are_answered_by_the_owner(MqttVersion version)
    {
        bool v5 = version == MqttVersion.V500;
        Peer peer = Peer.ServerAccepted(version);
        peer.Feed(Bytes.Packet(0x82, $"0005 {(v5 ? "{}" : "")} 'a' 01 'b' 00"));
        peer.Feed(Bytes.Packet(0xA2, $"0006 {(v5 ? "{}" : "")} 'a'"));
        peer.Wrote();
        Assert.Throws<ArgumentException>(() => peer.Connection.AcknowledgeSubscribe(new PacketId(5), [MqttReasonCode.Success]));
        Assert.Throws<ArgumentException>(() => peer.Connection.AcknowledgeSubscribe(new PacketId(5), [MqttReasonCode.Success, MqttReasonCode.Banned]));
        Assert.False(peer.Connection.AcknowledgeUnsubscribe(new PacketId(5), [MqttReasonCode.Success, MqttReasonCode.Success]));
        Assert.True(peer.Connection.AcknowledgeUnsubscribe(new PacketId(6), [MqttReasonCode.NoSubscriptionExisted]));
        Assert.True(peer.Connection.AcknowledgeSubscribe(new PacketId(5), [MqttReasonCode.GrantedQos1, MqttReasonCode.NotAuthorized], "no b"));
        Assert.False(peer.Connection.AcknowledgeSubscribe(new PacketId(5), [MqttReasonCode.GrantedQos1, MqttReasonCode.NotAuthorized]));
        peer.Wrote(
            Bytes.Packet(0xB0, v5 ? "0006 {} 11" : "0006"),
            Bytes.Packet(0x90, v5 ? "0005 {1F 'no b'} 01 87" : "0005 01 80"));
    }

    [Fact]
    public void Unanswered_requests_are_bounded_by_a_pause()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(Bytes.Join([.. Enumerable.Range(1, 6).Select(id => Bytes.Packet(0x82, $"{id:X4} {{}} 'a' 00"))]));
        Assert.Equal(4, peer.Handler.Events.Count);
        Assert.True(peer.Connection.IsPaused);
        peer.Connection.AcknowledgeSubscribe(new PacketId(2), [MqttReasonCode.Success]);
        peer.Feed();
        Assert.Equal(5, peer.Handler.Events.Count);
    }

    [Fact]
    public void A_suback_that_answers_nothing_or_not_all_is_a_protocol_error()
    {
        Peer peer = Peer.ClientAccepted(MqttVersion.V500);
        peer.Feed(Bytes.Packet(0x90, "0001 {} 00"));
        peer.EndedWith(MqttReasonCode.ProtocolError);
        Peer other = Peer.ClientAccepted(MqttVersion.V500);
        other.Connection.Subscribe([new MqttSubscription("a"), new MqttSubscription("b")]);
        other.Take();
        other.Feed(Bytes.Packet(0x90, "0001 {} 00"));
        other.EndedWith(MqttReasonCode.ProtocolError);
    }

    private static byte[] Publish(MqttVersion version, int first, int id, string payload = "")
    {
        string number = id == 0 ? "" : $"{id:X4}";
        return Bytes.Packet((byte)first, $"'t' {number} {(version == MqttVersion.V500 ? "{}" : "")} \"{payload}\"");
    }

    /// <summary>A connection of a session in which identifiers from 1 on wait for PUBREL.</summary>
    private static Peer Restored(MqttVersion version, int unreleased, MqttConnectionSettings settings)
    {
        Peer peer = new(MqttRole.Server, settings);
        peer.Feed(version == MqttVersion.V500
            ? Bytes.Packet(0x10, "'MQTT' 05 00 003C {} 'dev'")
            : Bytes.Packet(0x10, "'MQTT' 04 00 003C 'dev'"));
        peer.Connection.RestoreSession(
            new MqttSessionState { UnreleasedIncoming = Enumerable.Range(1, unreleased).Select(static id => (ushort)id).ToArray() });
        peer.Connection.AcceptConnect(new MqttConnAckOptions { SessionPresent = true });
        peer.Forget();
        peer.Handler.Events.Clear();
        return peer;
    }
}
