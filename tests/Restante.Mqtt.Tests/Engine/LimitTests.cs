using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>Packet sizes, aliases, time limits and back-pressure.</summary>
public sealed class LimitTests
{
    [Fact]
    [Spec("MQTT5-3.2.2-15")]
    public void A_packet_above_the_maximum_is_refused_before_its_body()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(0x30, 0xFE, 0x1F);
        peer.EndedWith(MqttReasonCode.PacketTooLarge);

        Peer fits = Peer.ServerAccepted(MqttVersion.V500);
        fits.Feed(0x30, 0xFD, 0x1F);
        Assert.False(fits.Connection.IsClosed);
        Assert.Equal(4096, fits.Connection.MinimumBytesNeeded);

        Peer old = Peer.ServerAccepted(MqttVersion.V311);
        old.Feed(0x30, 0xFE, 0x1F);
        old.EndedWith(MqttReasonCode.PacketTooLarge);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-24", "MQTT5-3.1.2-25")]
    public void A_message_that_does_not_fit_is_reported_and_not_sent()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "27 00000014");
        Assert.Equal(MqttSendStatus.TooLarge, peer.Send("t", new string('x', 13), MqttQos.AtLeastOnce).Status);
        peer.Wrote();
        Assert.Equal(8, peer.Connection.SendQuota);
        Assert.Equal(MqttSendStatus.Sent, peer.Send("t", new string('x', 12), MqttQos.AtLeastOnce).Status);
        Assert.Equal(20, peer.Take().Length);
    }

    [Fact]
    [Spec("MQTT5-3.4.2-2", "MQTT5-3.9.2-1", "MQTT5-3.14.2-3", "MQTT5-3.14.2-4")]
    public void A_reason_string_that_does_not_fit_is_left_out()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "27 00000014");
        peer.Feed(Bytes.Packet(0x32, "'t' 0001 {}"));
        peer.Connection.AcknowledgePublish(new PacketId(1), MqttReasonCode.NotAuthorized, new string('x', 40));
        peer.Wrote(Bytes.Packet(0x40, "0001 87"));
        peer.Feed(Bytes.Packet(0x82, "0002 {} 'a' 00"));
        peer.Connection.AcknowledgeSubscribe(new PacketId(2), [MqttReasonCode.Success], new string('x', 40));
        peer.Wrote(Bytes.Packet(0x90, "0002 {} 00"));
        peer.Connection.Disconnect(MqttReasonCode.ServerBusy, new MqttDisconnectOptions { ReasonString = new string('x', 40), UserProperties = [new("k", "v")] });
        peer.Wrote(Bytes.Packet(0xE0, "89"));
    }

    [Fact]
    [Spec("MQTT5-3.1.2-29")]
    public void Reason_strings_are_kept_back_from_a_client_that_does_not_want_them()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "17 00");
        peer.Feed(Bytes.Packet(0x32, "'t' 0001 {}"));
        peer.Connection.AcknowledgePublish(new PacketId(1), MqttReasonCode.NotAuthorized, "why");
        peer.Wrote(Bytes.Packet(0x40, "0001 87"));
        peer.Connection.Disconnect(MqttReasonCode.ServerBusy, new MqttDisconnectOptions { ReasonString = "why" });
        peer.Wrote(Bytes.Packet(0xE0, "89 {1F 'why'}"));
    }

    [Fact]
    [Spec("MQTT5-3.1.2-24")]
    public void A_demanded_packet_that_does_not_fit_ends_the_connection()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "27 00000014");
        string filters = string.Concat(Enumerable.Repeat("'a' 00 ", 8));
        peer.Feed(Bytes.Packet(0x82, $"0002 {{}} {filters}"));
        peer.Connection.AcknowledgeSubscribe(new PacketId(2), Enumerable.Repeat(MqttReasonCode.Success, 8).ToArray());
        Assert.False(peer.Connection.IsClosed);

        Peer tiny = new(MqttRole.Server) { Handler = { AcceptWith = MqttConnAckOptions.Default } };
        tiny.Feed(Bytes.Packet(0x10, "'MQTT' 05 02 003C {27 00000003} 'a'"));
        Assert.Equal(MqttCloseCause.PeerPacketLimit, tiny.Handler.Closed!.Value.Cause);
        tiny.Wrote();
    }

    [Fact]
    [Spec("MQTT5-3.3.2-9", "MQTT5-3.3.2-12", "MQTT5-3.2.2-17")]
    public void Aliases_of_the_peer_stand_for_topics_and_are_bounded()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(Bytes.Packet(0x30, "'one' {23 0001}"));
        peer.Feed(Bytes.Packet(0x30, "'four' {23 0004}"));
        peer.Feed(Bytes.Packet(0x30, "'' {23 0001}"));
        peer.Feed(Bytes.Packet(0x30, "'longer/one' {23 0001}"));
        peer.Feed(Bytes.Packet(0x30, "'' {23 0001}"));
        peer.Feed(Bytes.Packet(0x30, "'x' {23 0001}"));
        peer.Feed(Bytes.Packet(0x30, "'' {23 0001}"));
        peer.Told(
            "PUBLISH q0 id=0 one= [TopicAlias=1]",
            "PUBLISH q0 id=0 four= [TopicAlias=4]",
            "PUBLISH q0 id=0 one= [TopicAlias=1]",
            "PUBLISH q0 id=0 longer/one= [TopicAlias=1]",
            "PUBLISH q0 id=0 longer/one= [TopicAlias=1]",
            "PUBLISH q0 id=0 x= [TopicAlias=1]",
            "PUBLISH q0 id=0 x= [TopicAlias=1]");
        peer.Feed(Bytes.Packet(0x30, "'five' {23 0005}"));
        peer.EndedWith(MqttReasonCode.TopicAliasInvalid);

        Peer unset = Peer.ServerAccepted(MqttVersion.V500);
        unset.Feed(Bytes.Packet(0x30, "'' {23 0002}"));
        unset.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-26", "MQTT5-3.1.2-27", "MQTT5-3.3.2-8", "MQTT5-3.3.2-11")]
    public void Aliases_for_sending_are_used_where_the_peer_takes_them()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "22 000A");
        foreach (string topic in new[] { "one", "one", "two", "three", "two", "one" })
        {
            peer.Connection.Send(new OutgoingMessage { Topic = System.Text.Encoding.UTF8.GetBytes(topic), UseTopicAlias = true });
        }

        peer.Wrote(
            Bytes.Packet(0x30, "'one' {23 0001}"),
            Bytes.Packet(0x30, "'' {23 0001}"),
            Bytes.Packet(0x30, "'two' {23 0002}"),
            Bytes.Packet(0x30, "'three' {23 0001}"),
            Bytes.Packet(0x30, "'' {23 0002}"),
            Bytes.Packet(0x30, "'one' {23 0002}"));

        Peer none = Peer.ServerAccepted(MqttVersion.V500);
        none.Connection.Send(new OutgoingMessage { Topic = "one"u8, UseTopicAlias = true });
        none.Wrote(Bytes.Packet(0x30, "'one' {}"));
    }

    [Fact]
    [Spec("MQTT5-3.1.2-22", "MQTT5-3.2.2-22")]
    public void A_silent_client_is_closed_after_one_and_a_half_times_its_keep_alive()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, keepAlive: 10);
        peer.Tick(1_000);
        Assert.Equal(16_000, peer.Connection.NextDeadlineMs);
        peer.Tick(15_999);
        Assert.False(peer.Connection.IsClosed);
        peer.NowMs = 15_999;
        peer.Feed(0xC0, 0x00);
        Assert.Equal(30_999, peer.Connection.NextDeadlineMs);
        peer.Forget();
        peer.NowMs = 20_000;
        peer.Feed(0x30, 0x20, 0x00);
        Assert.Equal(30_999, peer.Connection.NextDeadlineMs);
        peer.Tick(30_998);
        Assert.False(peer.Connection.IsClosed);
        peer.Tick(30_999);
        Assert.Equal(MqttCloseCause.KeepAliveTimeout, peer.Handler.Closed!.Value.Cause);
        Assert.Equal([0xE0, 0x8D], new[] { peer.Take() }.Select(b => new[] { b[0], b[2] }).Single());
    }

    [Fact]
    public void A_keep_alive_of_zero_sets_no_deadline()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V311);
        Assert.Equal(long.MaxValue, peer.Connection.NextDeadlineMs);
        peer.Tick(long.MaxValue);
        Assert.False(peer.Connection.IsClosed);
    }

    [Fact]
    public void Connect_has_to_come_in_time()
    {
        Peer peer = new(MqttRole.Server);
        Assert.Equal(10_000, peer.Connection.NextDeadlineMs);
        peer.Feed(0x10);
        peer.Tick(9_999);
        Assert.False(peer.Connection.IsClosed);
        peer.Tick(10_000);
        Assert.Equal(MqttCloseCause.ConnectTimeout, peer.Handler.Closed!.Value.Cause);
        peer.Wrote();
        Assert.Equal(long.MaxValue, peer.Connection.NextDeadlineMs);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-20", "MQTT3-3.1.2-23")]
    public void A_client_pings_when_it_has_been_silent_and_misses_the_answer()
    {
        Peer peer = Peer.ClientAccepted(MqttVersion.V500, options: new MqttConnectOptions { ClientId = "c", KeepAliveSeconds = 10 });
        Assert.Equal(10_000, peer.Connection.NextDeadlineMs);
        peer.Tick(10_000);
        peer.Wrote(Bytes.Packet(0xC0));
        Assert.Equal(20_000, peer.Connection.NextDeadlineMs);
        peer.NowMs = 11_000;
        peer.Feed(0xD0, 0x00);
        peer.Told("PINGRESP");
        Assert.Equal(20_000, peer.Connection.NextDeadlineMs);
        peer.Tick(20_000);
        peer.Wrote(Bytes.Packet(0xC0));
        peer.Tick(30_000);
        Assert.Equal(MqttCloseCause.KeepAliveTimeout, peer.Handler.Closed!.Value.Cause);
    }

    [Fact]
    public void A_client_that_does_not_read_misses_no_ping_answer()
    {
        Peer peer = Peer.ClientAccepted(MqttVersion.V311, options: new MqttConnectOptions { ClientId = "c", KeepAliveSeconds = 10 });
        peer.Tick(10_000);
        peer.Connection.PauseReceiving();
        peer.Tick(50_000);
        Assert.False(peer.Connection.IsClosed);
        peer.Connection.ResumeReceiving();
        peer.Tick(50_000);
        Assert.Equal(60_000, peer.Connection.NextDeadlineMs);
        peer.Tick(60_000);
        Assert.Equal(MqttCloseCause.KeepAliveTimeout, peer.Handler.Closed!.Value.Cause);
    }

    [Fact]
    public void The_owner_can_stop_reading_and_the_keep_alive_waits()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V311, keepAlive: 10);
        peer.Tick(0);
        peer.Handler.OnEvent = _ => peer.Connection.PauseReceiving();
        byte[] one = Bytes.Packet(0x30, "'t'");
        peer.Feed(Bytes.Join(one, one, one));
        Assert.Single(peer.Handler.Events);
        Assert.Equal(2 * one.Length, peer.KeptBytes);
        peer.Tick(100_000);
        Assert.False(peer.Connection.IsClosed);
        peer.Connection.ResumeReceiving();
        peer.NowMs = 100_000;
        peer.Feed();
        Assert.Equal(2, peer.Handler.Events.Count);
        peer.Connection.ResumeReceiving();
        peer.Tick(101_000);
        Assert.Equal(116_000, peer.Connection.NextDeadlineMs);
    }

    [Fact]
    [Spec("MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-3.3.2-1", "MQTT5-3.3.2-2", "MQTT5-3.3.2-13", "MQTT5-3.3.2-14", "MQTT5-3.3.2-19")]
    [Spec("MQTT5-4.7.3-1", "MQTT5-1.5.7-1")]
    public void What_mqtt_cannot_carry_is_refused_as_our_own_fault()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        Assert.Throws<ArgumentException>(() => peer.Send(""));
        Assert.Throws<ArgumentException>(() => peer.Send("a/#"));
        Assert.Throws<ArgumentException>(() => peer.Send("a\0"));
        Assert.Throws<ArgumentException>(() => peer.Connection.Send(new OutgoingMessage { Topic = [0xFF] }));
        Assert.Throws<ArgumentException>(() => peer.Connection.Send(new OutgoingMessage { Topic = "a"u8, UserProperties = [new("k", "\0")] }));
        Assert.Throws<ArgumentException>(() => peer.Connection.Send(new OutgoingMessage { Topic = "a"u8, UserProperties = [new("k", new string('x', 70_000))] }));
        Assert.Throws<ArgumentException>(() => peer.Connection.Send(new OutgoingMessage { Topic = "a"u8, ContentType = [0xC0, 0x80] }));
        Assert.Throws<ArgumentException>(() => peer.Connection.Send(new OutgoingMessage { Topic = "a"u8, ResponseTopic = "+"u8 }));
        Assert.Throws<ArgumentException>(() => Peer.ClientAccepted(MqttVersion.V500).Connection.Subscribe([new MqttSubscription("a#")]));
        peer.Wrote();
    }

    [Fact]
    public void Receive_inside_a_callback_is_our_own_fault()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V311);
        peer.Handler.OnEvent = _ => peer.Connection.Receive([], 0);
        Assert.Throws<InvalidOperationException>(() => peer.Feed(Bytes.Packet(0x30, "'t'")));
    }

    [Fact]
    public void Settings_are_checked()
    {
        Peer.TestSettings.Validate();
        MqttConnectionSettings[] bad =
        [
            new() { MaximumPacketSize = 15 },
            new() { MaximumConnectPacketSize = 0 },
            new() { ReceiveMaximum = 0 },
            new() { ReceiveMaximum = 65_536 },
            new() { MaximumUnreleased = 0 },
            new() { MaximumOutgoingInFlight = 0 },
            new() { TopicAliasMaximum = -1 },
            new() { MaximumOutgoingTopicAliases = 1025 },
            new() { MaximumPendingRequests = 0 },
            new() { MaximumSubscriptionsPerPacket = 0 },
            new() { MaximumUserProperties = -1 },
            new() { MaximumUserPropertyBytes = -1 },
            new() { MaximumClientIdBytes = 0 },
            new() { MaximumTopicBytes = 0 },
            new() { MaximumTopicLevels = 0 },
            new() { ConnectTimeoutMs = 0 },
            new() { PingResponseTimeoutMs = 0 },
            new() { MaximumQos = (MqttQos)3 },
        ];
        foreach (MqttConnectionSettings settings in bad)
        {
            Assert.Throws<ArgumentOutOfRangeException>(settings.Validate);
        }
    }
}
