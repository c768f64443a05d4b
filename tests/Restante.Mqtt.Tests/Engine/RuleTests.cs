using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>Rules of the specifications that no other test is about.</summary>
public sealed class RuleTests
{
    public static TheoryData<MqttVersion> Versions => [MqttVersion.V311, MqttVersion.V500];

    [Theory]
    [Spec("MQTT5-3.1.4-6", "MQTT3-3.1.4-5", "MQTT5-3.2.2-7", "MQTT3-3.2.2-5")]
    [MemberData(nameof(Versions))]
    public void After_a_refusal_nothing_is_processed(MqttVersion version)
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Join(Connect(version), Publish(version, 0x30), Bytes.Packet(0xC0)));
        peer.Handler.Events.Clear();
        peer.Connection.RefuseConnect(MqttReasonCode.BadUserNameOrPassword);
        Assert.True(peer.Connection.IsClosed);
        peer.Take();
        peer.Feed();
        peer.Told();
        peer.Wrote();
    }

    [Theory]
    [Spec("MQTT5-3.2.0-1", "MQTT3-3.2.0-1", "MQTT5-3.2.0-2", "MQTT5-3.1.4-5", "MQTT3-3.1.4-4")]
    [MemberData(nameof(Versions))]
    public void Connack_is_the_first_packet_and_comes_once(MqttVersion version)
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Join(Connect(version), Bytes.Packet(0xC0)));
        Assert.Equal(MqttSendStatus.NotConnected, peer.Send("t").Status);
        peer.Wrote();
        peer.Connection.AcceptConnect(MqttConnAckOptions.Default);
        Assert.Throws<InvalidOperationException>(() => peer.Connection.AcceptConnect(MqttConnAckOptions.Default));
        Assert.Throws<InvalidOperationException>(() => peer.Connection.RefuseConnect(MqttReasonCode.ServerBusy));
        peer.Feed();
        byte[] written = peer.Take();
        Assert.Equal([0x20, 0x00, 0x00], [written[0], written[2], written[3]]);
        Assert.Equal(Bytes.Packet(0xD0), written[^2..]);
    }

    [Fact]
    [Spec("MQTT3-3.1.0-2", "MQTT3-4.8.0-1")]
    public void A_second_connect_of_311_ends_the_connection()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V311);
        peer.Feed(Connect(MqttVersion.V311));
        peer.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Theory]
    [Spec("MQTT5-3.1.3-5", "MQTT3-3.1.3-5")]
    [MemberData(nameof(Versions))]
    public void Identifiers_of_23_letters_and_digits_are_taken(MqttVersion version)
    {
        foreach (string id in new[] { "a", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ0123456" })
        {
            Peer peer = new(MqttRole.Server) { Handler = { AcceptWith = MqttConnAckOptions.Default } };
            peer.Feed(Bytes.Packet(0x10, $"'MQTT' {(int)version:X2} 02 003C {None(version)} '{id}'"));
            Assert.True(peer.Connection.IsConnected);
        }
    }

    [Fact]
    [Spec("MQTT3-1.5.3-3")]
    public void A_bom_is_kept_in_311()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, "'MQTT' 04 02 003C 0004 EFBBBF61"));
        peer.Told("CONNECT V311 clean=1 ka=60 id=\uFEFFa user=- pass=- will=-");
    }

    [Fact]
    [Spec("MQTT5-3.2.2-19", "MQTT5-3.1.2-24")]
    public void A_reason_string_that_does_not_fit_connack_is_left_out()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, "'MQTT' 05 02 003C {27 00000014} 'a'"));
        peer.Connection.RefuseConnect(MqttReasonCode.ServerBusy, new string('x', 40));
        peer.Wrote(Bytes.Packet(0x20, "00 89 {}"));
    }

    [Fact]
    [Spec("MQTT5-3.5.2-2", "MQTT5-3.11.2-1", "MQTT5-3.14.2-3", "MQTT5-3.14.2-4")]
    public void A_reason_string_that_does_not_fit_another_answer_is_left_out()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "27 00000014");
        peer.Feed(Publish(MqttVersion.V500, 0x34, 1));
        peer.Connection.AcknowledgePublish(new PacketId(1), MqttReasonCode.NotAuthorized, new string('x', 40));
        peer.Wrote(Bytes.Packet(0x50, "0001 87"));
        peer.Feed(Bytes.Packet(0xA2, "0002 {} 'a'"));
        peer.Connection.AcknowledgeUnsubscribe(new PacketId(2), [MqttReasonCode.Success], new string('x', 40));
        peer.Wrote(Bytes.Packet(0xB0, "0002 {} 00"));
        MqttDisconnectOptions options = new() { ReasonString = "why", UserProperties = [new("k", new string('v', 40))] };
        peer.Connection.Disconnect(MqttReasonCode.ServerBusy, options);
        byte[] written = peer.Take();
        Assert.Equal([0xE0, 0x89], [written[0], written[2]]);
        Assert.InRange(written.Length, 3, 20);
    }

    [Theory]
    [Spec("MQTT5-3.3.4-10", "MQTT5-4.9.0-2", "MQTT5-4.9.0-3", "MQTT5-3.12.4-1", "MQTT3-3.12.4-1")]
    [MemberData(nameof(Versions))]
    public void Without_quota_everything_but_messages_goes_on(MqttVersion version)
    {
        string receiveMaximum = version == MqttVersion.V500 ? "21 0001" : "";
        Peer peer = Peer.ServerAccepted(version, receiveMaximum, Peer.TestSettings with { MaximumOutgoingInFlight = 1 });
        peer.Send("t", "", MqttQos.AtLeastOnce);
        peer.Take();
        Assert.Equal(MqttSendStatus.Blocked, peer.Send("t", "", MqttQos.ExactlyOnce).Status);
        peer.Feed(Bytes.Packet(0xC0));
        peer.Wrote(Bytes.Packet(0xD0));
        peer.Feed(Publish(version, 0x32, 7));
        peer.Connection.AcknowledgePublish(new PacketId(7));
        peer.Wrote(Bytes.Packet(0x40, "0007"));
        peer.Feed(Bytes.Packet(0x82, $"0008 {None(version)} 'a' 00"));
        peer.Connection.AcknowledgeSubscribe(new PacketId(8), [MqttReasonCode.Success]);
        peer.Wrote(Bytes.Packet(0x90, $"0008 {None(version)} 00"));
        Assert.Equal(MqttSendStatus.Sent, peer.Send("t").Status);
    }

    [Fact]
    [Spec("MQTT5-3.4.2-1", "MQTT5-3.5.2-1", "MQTT5-3.9.3-2", "MQTT5-3.11.3-2", "MQTT5-3.14.2-1", "MQTT5-3.14.2-2")]
    [Spec("MQTT5-3.15.2-1", "MQTT5-3.2.2-8")]
    public void A_code_that_a_packet_does_not_have_is_our_own_fault()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "11 0000000A");
        peer.Feed(Bytes.Join(Publish(MqttVersion.V500, 0x32, 1), Publish(MqttVersion.V500, 0x34, 2)));
        peer.Feed(Bytes.Join(Bytes.Packet(0x82, "0003 {} 'a' 00"), Bytes.Packet(0xA2, "0004 {} 'a'")));
        MqttConnection connection = peer.Connection;
        Assert.ThrowsAny<ArgumentException>(() => connection.AcknowledgePublish(new PacketId(1), MqttReasonCode.Banned));
        Assert.ThrowsAny<ArgumentException>(() => connection.AcknowledgePublish(new PacketId(2), MqttReasonCode.PacketIdentifierNotFound));
        Assert.ThrowsAny<ArgumentException>(() => connection.AcknowledgeSubscribe(new PacketId(3), [MqttReasonCode.NoSubscriptionExisted]));
        Assert.ThrowsAny<ArgumentException>(() => connection.AcknowledgeUnsubscribe(new PacketId(4), [MqttReasonCode.GrantedQos1]));
        Assert.ThrowsAny<ArgumentException>(() => connection.Disconnect(MqttReasonCode.DisconnectWithWill));
        Assert.ThrowsAny<ArgumentException>(() => connection.Disconnect(options: new MqttDisconnectOptions { SessionExpirySeconds = 5 }));
        peer.Wrote();

        Peer refused = new(MqttRole.Server);
        refused.Feed(Connect(MqttVersion.V500, "15 'm'"));
        Assert.ThrowsAny<ArgumentException>(() => refused.Connection.RefuseConnect(MqttReasonCode.SessionTakenOver));
        Assert.ThrowsAny<ArgumentException>(() => refused.Connection.SendAuth(MqttReasonCode.NotAuthorized, "m", default));
        refused.Wrote();
    }

    [Theory]
    [Spec("MQTT5-3.14.4-1", "MQTT5-3.14.4-2", "MQTT5-4.13.2-1")]
    [InlineData(MqttReasonCode.ServerShuttingDown)]
    [InlineData(MqttReasonCode.SessionTakenOver)]
    public void Nothing_follows_disconnect(MqttReasonCode code)
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(Publish(MqttVersion.V500, 0x32, 1));
        peer.Connection.Disconnect(code);
        peer.Wrote(Bytes.Packet(0xE0, $"{(byte)code:X2}"));
        Assert.True(peer.Connection.IsClosed);
        Assert.Equal(MqttSendStatus.NotConnected, peer.Send("t").Status);
        peer.Connection.AcknowledgePublish(new PacketId(1));
        peer.Connection.Disconnect(code);
        peer.Feed(Bytes.Packet(0xC0));
        peer.Wrote();
    }

    [Fact]
    [Spec("MQTT5-3.15.1-1", "MQTT5-3.3.4-6")]
    public void What_only_the_connection_can_tell_ends_it_too()
    {
        Peer auth = new(MqttRole.Server);
        auth.Feed(Connect(MqttVersion.V500, "15 'm'"));
        auth.Connection.AcceptConnect(MqttConnAckOptions.Default);
        auth.Take();
        auth.Feed(Bytes.Packet(0xF1, "19 {15 'm'}"));
        auth.EndedWith(MqttReasonCode.MalformedPacket);

        Peer identifier = Peer.ServerAccepted(MqttVersion.V500);
        identifier.Feed(Bytes.Packet(0x30, "'a' {0B 01}"));
        identifier.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    [Spec("MQTT5-3.3.2-7")]
    public void Aliases_end_with_their_connection()
    {
        Peer first = Peer.ServerAccepted(MqttVersion.V500, "22 000A", clean: false);
        first.Feed(Bytes.Packet(0x30, "'one' {23 0001}"));
        first.Connection.Send(new OutgoingMessage { Topic = "one"u8, UseTopicAlias = true });
        first.Connection.TransportClosed();

        Peer second = new(MqttRole.Server);
        second.Feed(Bytes.Packet(0x10, "'MQTT' 05 00 003C {22 000A} 'dev'"));
        second.Connection.RestoreSession(first.Connection.ExportSession());
        second.Connection.AcceptConnect(new MqttConnAckOptions { SessionPresent = true });
        second.Forget();
        second.Connection.Send(new OutgoingMessage { Topic = "one"u8, UseTopicAlias = true });
        second.Wrote(Bytes.Packet(0x30, "'one' {23 0001}"));
        second.Feed(Bytes.Packet(0x30, "'' {23 0001}"));
        second.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    [Spec("MQTT5-3.2.2-9", "MQTT5-3.2.2-10")]
    public void A_maximum_qos_is_told_and_higher_requests_are_taken_all_the_same()
    {
        Peer peer = new(MqttRole.Server, Peer.TestSettings with { MaximumQos = MqttQos.AtMostOnce });
        peer.Feed(Connect(MqttVersion.V500));
        peer.Connection.AcceptConnect(MqttConnAckOptions.Default);
        peer.Wrote(Bytes.Packet(0x20, "00 00 {21 0008 24 00 27 00001000 22 0004}"));
        peer.Handler.Events.Clear();
        peer.Feed(Bytes.Packet(0x82, "0001 {} 'a' 02"));
        peer.Told("SUBSCRIBE id=1 a:q2");
        Assert.False(peer.Connection.IsClosed);
    }

    [Theory]
    [Spec("MQTT3-3.1.2-12")]
    [MemberData(nameof(Versions))]
    public void Without_a_will_none_is_published(MqttVersion version)
    {
        Peer peer = Peer.ServerAccepted(version);
        peer.Connection.TransportClosed();
        Assert.False(peer.Handler.Closed!.Value.PublishWill);
    }

    [Theory]
    [Spec("MQTT5-2.2.1-4", "MQTT3-2.3.1-4", "MQTT5-4.3.2-1", "MQTT5-4.3.3-1")]
    [MemberData(nameof(Versions))]
    public void Numbering_goes_round_past_zero_and_what_is_in_use(MqttVersion version)
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, $"'MQTT' {(int)version:X2} 00 003C {None(version)} 'dev'"));
        peer.Connection.RestoreSession(new MqttSessionState
        {
            Unacknowledged = new ushort[] { 1, 2 },
            AwaitingPubComp = new ushort[] { 3 },
            LastPacketId = 65_534,
        });
        peer.Connection.AcceptConnect(new MqttConnAckOptions { SessionPresent = true });
        Assert.Equal(65_535, peer.Send("t", "", MqttQos.AtLeastOnce).PacketId.Value);
        Assert.Equal(4, peer.Send("t", "", MqttQos.ExactlyOnce).PacketId.Value);
    }

    [Theory]
    [Spec("MQTT3-3.1.2-24", "MQTT5-3.1.2-22", "MQTT5-3.2.2-22")]
    [MemberData(nameof(Versions))]
    public void Silence_of_one_and_a_half_keep_alives_ends_the_connection(MqttVersion version)
    {
        Peer peer = Peer.ServerAccepted(version, keepAlive: 20);
        peer.Tick(1_000);
        peer.Tick(30_999);
        Assert.False(peer.Connection.IsClosed);
        peer.Tick(31_000);
        Assert.Equal(MqttCloseCause.KeepAliveTimeout, peer.Handler.Closed!.Value.Cause);
    }

    [Fact]
    [Spec("MQTT5-4.7.3-3", "MQTT3-4.7.3-3")]
    public void A_topic_beyond_its_length_field_is_our_own_fault()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        Assert.Throws<ArgumentException>(() => peer.Send(new string('t', 65_536)));
        peer.Wrote();
    }

    [Fact]
    [Spec("MQTT5-4.12.0-6", "MQTT5-4.12.0-7")]
    public void Without_a_method_there_is_no_auth()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        Assert.Throws<InvalidOperationException>(() => peer.Connection.SendAuth(MqttReasonCode.ContinueAuthentication, "m", default));
        peer.Wrote();
        peer.Feed(Bytes.Packet(0xF0, "19 {15 'm'}"));
        peer.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Theory]
    [Spec("MQTT5-4.4.0-2", "MQTT5-4.3.3-4")]
    [InlineData(MqttQos.AtLeastOnce, 0x40)]
    [InlineData(MqttQos.ExactlyOnce, 0x50)]
    public void A_refused_message_is_answered_and_not_sent_again(MqttQos qos, byte answer)
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, clean: false);
        peer.Send("t", "", qos);
        peer.Take();
        peer.Feed(Bytes.Packet(answer, "0001 80"));
        peer.Wrote();
        peer.Connection.TransportClosed();
        Assert.True(peer.Connection.ExportSession().IsEmpty);
    }

    private static string None(MqttVersion version) => version == MqttVersion.V500 ? "{}" : "";

    private static byte[] Connect(MqttVersion version, string properties = "")
    {
        string block = version == MqttVersion.V500 ? $"{{{properties}}}" : "";
        return Bytes.Packet(0x10, $"'MQTT' {(int)version:X2} 02 003C {block} 'dev'");
    }

    private static byte[] Publish(MqttVersion version, byte first, int id = 0)
    {
        string number = id == 0 ? "" : $"{id:X4}";
        return Bytes.Packet(first, $"'t' {number} {None(version)} \"x\"");
    }
}
