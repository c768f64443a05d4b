using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>CONNECT and its answer, both roles, and what may come before and after.</summary>
public sealed class ConnectTests
{
    private const string Least5 = "'MQTT' 05 02 003C {} 'a'";

    [Fact]
    [Spec("MQTT5-3.1.0-1", "MQTT3-3.1.0-1")]
    public void A_first_packet_other_than_connect_closes_without_an_answer()
    {
        foreach (byte[] bytes in new[] { Bytes.Packet(0xC0), Bytes.Packet(0x30, "'a'"), "GET / HTTP/1.1\r\n"u8.ToArray(), [0x16], [0x80] })
        {
            Peer peer = new(MqttRole.Server);
            peer.Feed(bytes);
            Assert.True(peer.Connection.IsClosed);
            peer.Wrote();
            peer.Told();
        }
    }

    [Fact]
    [Spec("MQTT5-3.1.0-2")]
    public void A_second_connect_is_a_protocol_error()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(Bytes.Packet(0x10, Least5));
        peer.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    [Spec("MQTT5-3.2.0-1", "MQTT5-3.1.2-28", "MQTT5-2.2.2-1")]
    public void Nothing_is_read_until_the_owner_has_answered()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Join(Bytes.Packet(0x10, Least5), Bytes.Packet(0xC0)));
        peer.Told("CONNECT V500 clean=1 ka=60 id=a user=- pass=- will=-");
        Assert.True(peer.Connection.IsPaused);
        Assert.Equal(2, peer.KeptBytes);
        peer.Feed();
        peer.Wrote();

        peer.Connection.AcceptConnect(new MqttConnAckOptions { ServerKeepAliveSeconds = 30, ReasonString = "hi", ResponseInformation = "unasked" });
        Assert.False(peer.Connection.IsPaused);
        peer.Wrote(Bytes.Packet(0x20, "00 00 {21 0008 27 00001000 22 0004 13 001E 1F 'hi'}"));
        Assert.Equal(30, peer.Connection.KeepAliveSeconds);
        peer.Feed();
        peer.Wrote(Bytes.Packet(0xD0));
    }

    [Fact]
    [Spec("MQTT3-3.2.2-2")]
    public void Connack_of_311_says_only_session_present()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, "'MQTT' 04 00 003C 'a'"));
        peer.Connection.AcceptConnect(new MqttConnAckOptions { SessionPresent = true, ServerKeepAliveSeconds = 5, ReasonString = "x" });
        peer.Wrote([0x20, 2, 1, 0]);
        Assert.Equal(60, peer.Connection.KeepAliveSeconds);
    }

    [Theory]
    [Spec("MQTT5-3.2.2-6", "MQTT5-3.2.2-7", "MQTT5-3.2.2-8", "MQTT5-4.12.0-4", "MQTT5-4.13.2-1", "MQTT5-3.1.4-2", "MQTT3-3.2.2-4")]
    [Spec("MQTT3-3.2.2-5")]
    [InlineData(MqttReasonCode.BadUserNameOrPassword, 4)]
    [InlineData(MqttReasonCode.NotAuthorized, 5)]
    [InlineData(MqttReasonCode.Banned, 5)]
    [InlineData(MqttReasonCode.ServerBusy, 3)]
    [InlineData(MqttReasonCode.ServerUnavailable, 3)]
    [InlineData(MqttReasonCode.ClientIdentifierNotValid, 2)]
    [InlineData(MqttReasonCode.BadAuthenticationMethod, 5)]
    public void Refusals_in_both_versions(MqttReasonCode code, byte returnCode)
    {
        Peer old = new(MqttRole.Server);
        old.Feed(Bytes.Packet(0x10, "'MQTT' 04 02 003C 'a'"));
        old.Connection.RefuseConnect(code, "why");
        old.Wrote([0x20, 2, 0, returnCode]);
        Assert.Equal(MqttCloseCause.ConnectRefused, old.Handler.Closed!.Value.Cause);

        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, Least5));
        peer.Connection.RefuseConnect(code, "why", "other");
        peer.Wrote(Bytes.Packet(0x20, $"00 {(byte)code:X2} {{1C 'other' 1F 'why'}}"));
        Assert.True(peer.Connection.IsClosed);
        Assert.False(peer.Handler.Closed!.Value.PublishWill);
    }

    [Fact]
    [Spec("MQTT5-3.2.2-1", "MQTT5-3.2.2-2", "MQTT5-3.2.2-8", "MQTT5-3.2.2-16", "MQTT5-3.1.3-6", "MQTT5-3.1.3-7")]
    public void The_owner_cannot_break_the_rules_of_connack()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, "'MQTT' 05 02 003C {} ''"));
        Assert.Throws<ArgumentException>(() => peer.Connection.AcceptConnect(new MqttConnAckOptions { SessionPresent = true, AssignedClientId = "x" }));
        Assert.Throws<ArgumentException>(() => peer.Connection.AcceptConnect(MqttConnAckOptions.Default));
        Assert.Throws<ArgumentOutOfRangeException>(() => peer.Connection.RefuseConnect(MqttReasonCode.Success));
        peer.Wrote();
        peer.Connection.AcceptConnect(new MqttConnAckOptions { AssignedClientId = "x1" });
        peer.Wrote(Bytes.Packet(0x20, "00 00 {21 0008 27 00001000 22 0004 12 'x1'}"));
    }

    [Fact]
    [Spec("MQTT5-3.2.2-9", "MQTT5-3.2.2-11", "MQTT5-3.2.2-12", "MQTT5-3.2.2-13", "MQTT5-3.2.2-14", "MQTT5-3.2.2-17", "MQTT5-3.2.2-18")]
    public void Settings_that_take_something_away_are_announced_and_enforced()
    {
        MqttConnectionSettings settings = Peer.TestSettings with
        {
            MaximumQos = MqttQos.AtLeastOnce,
            RetainAvailable = false,
            WildcardSubscriptionAvailable = false,
            SubscriptionIdentifiersAvailable = false,
            SharedSubscriptionAvailable = false,
            TopicAliasMaximum = 0,
            ReceiveMaximum = 65_535,
            MaximumPacketSize = MqttConnectionSettings.LargestPacketSize,
        };
        Peer first = new(MqttRole.Server, settings) { Handler = { AcceptWith = MqttConnAckOptions.Default } };
        first.Feed(Bytes.Packet(0x10, Least5));
        first.Wrote(Bytes.Packet(0x20, "00 00 {24 01 25 00 28 00 29 00 2A 00}"));

        (byte First, string Body, MqttReasonCode Code)[] table =
        [
            (0x34, "'a' 0001 {}", MqttReasonCode.QosNotSupported),
            (0x31, "'a' {}", MqttReasonCode.RetainNotSupported),
            (0x82, "0001 {} 'a/#' 00", MqttReasonCode.WildcardSubscriptionsNotSupported),
            (0x82, "0001 {0B 01} 'a' 00", MqttReasonCode.SubscriptionIdentifiersNotSupported),
            (0x82, "0001 {} '$share/g/a' 00", MqttReasonCode.SharedSubscriptionsNotSupported),
            (0x30, "'a' {23 0001}", MqttReasonCode.TopicAliasInvalid),
        ];
        foreach ((byte head, string body, MqttReasonCode code) in table)
        {
            Peer peer = Peer.ServerAccepted(MqttVersion.V500, settings: settings);
            peer.Feed(Bytes.Packet(head, body));
            peer.EndedWith(code);
        }

        Peer old = Peer.ServerAccepted(MqttVersion.V311, settings: settings);
        old.Feed(Bytes.Packet(0x31, "'a'"));
        old.Told("PUBLISH q0 r id=0 a=");
        old.Feed(Bytes.Packet(0x34, "'a' 0001"));
        old.EndedWith(MqttReasonCode.QosNotSupported);

        (string Flags, MqttReasonCode Code)[] wills = [("16", MqttReasonCode.QosNotSupported), ("26", MqttReasonCode.RetainNotSupported)];
        foreach ((string flags, MqttReasonCode code) in wills)
        {
            Peer peer = new(MqttRole.Server, settings);
            peer.Feed(Bytes.Packet(0x10, $"'MQTT' 05 {flags} 003C {{}} 'a' {{}} 'w' 'x'"));
            byte[] written = peer.Take();
            Assert.Equal([0x20, (byte)code], [written[0], written[3]]);
        }
    }

    [Fact]
    public void A_connect_beyond_its_limit_is_refused_from_its_header_alone()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(0x10, 0xFF, 0x7F);
        Assert.True(peer.Connection.IsClosed);
        Assert.Equal(MqttReasonCode.PacketTooLarge, peer.Handler.Closed!.Value.ReasonCode);
        peer.Wrote();
    }

    [Fact]
    [Spec("MQTT5-1.5.5-1")]
    public void A_remaining_length_of_five_bytes_is_malformed()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(0x10, 0xFF, 0xFF, 0xFF, 0xFF);
        Assert.Equal(MqttReasonCode.MalformedPacket, peer.Handler.Closed!.Value.ReasonCode);
    }

    [Fact]
    [Spec("MQTT5-1.5.5-1")]
    public void Padded_remaining_lengths_pass_in_311_and_are_malformed_in_5()
    {
        Peer old = Peer.ServerAccepted(MqttVersion.V311);
        old.Feed(0xC0, 0x80, 0x00);
        old.Wrote(Bytes.Packet(0xD0));
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Feed(0xC0, 0x80, 0x00);
        peer.EndedWith(MqttReasonCode.MalformedPacket);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-8", "MQTT5-3.1.2-10", "MQTT5-3.14.4-3", "MQTT3-3.1.2-8", "MQTT3-3.1.2-10", "MQTT3-3.14.4-3")]
    public void The_will_is_published_unless_the_client_took_leave()
    {
        foreach (MqttVersion version in new[] { MqttVersion.V311, MqttVersion.V500 })
        {
            string will = version == MqttVersion.V500 ? "{18 00000007} 'w' 'gone'" : "'w' 'gone'";
            (Action<Peer> End, bool Publish)[] ends =
            [
                (peer => peer.Feed(Bytes.Packet(0xE0)), false),
                (peer => peer.Connection.TransportClosed(), true),
                (peer => peer.Feed(0x00, 0x00), true),
                (peer => peer.Connection.Disconnect(MqttReasonCode.SessionTakenOver), true),
                (peer => peer.Tick(1_000_000), true),
            ];
            foreach ((Action<Peer> end, bool publish) in ends)
            {
                Peer peer = Peer.ServerAccepted(version, keepAlive: 10, will: will);
                Assert.Equal("w", peer.Handler.Will!.Topic);
                peer.Tick(0);
                end(peer);
                Assert.Equal(publish, peer.Handler.Closed!.Value.PublishWill);
                peer.Connection.TransportClosed();
            }
        }

        Peer withWill = Peer.ServerAccepted(MqttVersion.V500, will: "{} 'w' 'gone'");
        withWill.Feed(Bytes.Packet(0xE0, "04"));
        Assert.True(withWill.Handler.Closed!.Value.PublishWill);
    }

    [Fact]
    public void A_session_expiry_in_disconnect_replaces_the_one_of_connect_but_not_from_zero()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500, "11 00000005");
        peer.Feed(Bytes.Packet(0xE0, "00 {11 00000063}"));
        Assert.Equal(99u, peer.Handler.Closed!.Value.SessionExpirySeconds);

        Peer zero = Peer.ServerAccepted(MqttVersion.V500);
        zero.Feed(Bytes.Packet(0xE0, "00 {11 00000063}"));
        zero.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    [Spec("MQTT5-4.13.2-1")]
    public void Disconnect_by_the_server_says_why_in_5_only()
    {
        Peer peer = Peer.ServerAccepted(MqttVersion.V500);
        peer.Connection.Disconnect(MqttReasonCode.UseAnotherServer, new MqttDisconnectOptions { ServerReference = "b", ReasonString = "full" });
        peer.Wrote(Bytes.Packet(0xE0, "9C {1C 'b' 1F 'full'}"));
        Peer old = Peer.ServerAccepted(MqttVersion.V311);
        old.Connection.Disconnect(MqttReasonCode.SessionTakenOver);
        old.Wrote();
        Assert.True(old.Connection.IsClosed);
    }

    [Fact]
    [Spec("MQTT5-3.14.0-1")]
    public void Disconnect_of_an_unanswered_connect_refuses_it()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, Least5));
        peer.Connection.Disconnect(MqttReasonCode.ServerShuttingDown);
        peer.Wrote(Bytes.Packet(0x20, "00 88 {}"));
        peer.Connection.AcceptConnect(MqttConnAckOptions.Default);
        peer.Wrote();
    }

    [Fact]
    [Spec("MQTT3-3.14.4-1")]
    public void Client_says_connect_and_disconnect_as_laid_down()
    {
        Peer peer = new(MqttRole.Client);
        peer.Connection.Connect(new MqttConnectOptions
        {
            ClientId = "c",
            UserName = "u",
            Password = "p"u8.ToArray(),
            SessionExpirySeconds = 9,
            CleanStart = false,
            Will = new MqttWill { Topic = "w", Payload = "x"u8.ToArray(), Qos = MqttQos.AtLeastOnce, DelaySeconds = 3 },
        });
        peer.Wrote(Bytes.Packet(0x10, "'MQTT' 05 CC 003C {11 00000009 21 0008 27 00001000 22 0004} 'c' {18 00000003} 'w' 'x' 'u' 'p'"));
        peer.Feed(Bytes.Packet(0x20, "01 00 {}"));
        peer.Connection.Disconnect(MqttReasonCode.DisconnectWithWill, new MqttDisconnectOptions { SessionExpirySeconds = 0 });
        peer.Wrote(Bytes.Packet(0xE0, "04 {11 00000000}"));

        Peer old = Peer.ClientAccepted(MqttVersion.V311);
        old.Connection.Disconnect();
        old.Wrote([0xE0, 0]);
    }

    [Fact]
    [Spec("MQTT5-3.2.2-4")]
    public void Client_refuses_a_session_after_a_clean_start()
    {
        Peer peer = new(MqttRole.Client);
        peer.Connection.Connect(new MqttConnectOptions { ClientId = "c" });
        peer.Forget();
        peer.Feed(Bytes.Packet(0x20, "01 00 {}"));
        peer.EndedWith(MqttReasonCode.ProtocolError);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-21", "MQTT5-3.2.2-11", "MQTT5-3.2.2-14", "MQTT5-3.2.2-15", "MQTT5-3.2.2-21", "MQTT5-3.3.4-7")]
    public void Client_takes_the_limits_of_the_server()
    {
        Peer peer = Peer.ClientAccepted(MqttVersion.V500, "21 0002 24 01 25 00 13 0007 27 00000020");
        Assert.Equal((2, 7, 32), (peer.Connection.SendQuota, peer.Connection.KeepAliveSeconds, peer.Connection.PeerMaximumPacketSize));
        Assert.Equal(MqttSendStatus.QosNotSupported, peer.Send("a", "", MqttQos.ExactlyOnce).Status);
        Assert.Equal(MqttSendStatus.RetainNotSupported, peer.Connection.Send(new OutgoingMessage { Topic = "a"u8, Retain = true }).Status);
        Assert.Equal(MqttSendStatus.TooLarge, peer.Send("a", new string('x', 32)).Status);
        peer.Wrote();
    }

    [Fact]
    [Spec("MQTT5-4.12.0-7", "MQTT5-3.1.2-30")]
    public void Auth_is_a_protocol_error_without_a_method_and_told_with_one()
    {
        Peer none = Peer.ServerAccepted(MqttVersion.V500);
        none.Feed(Bytes.Packet(0xF0, "19 {15 'm'}"));
        none.EndedWith(MqttReasonCode.ProtocolError);

        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, "'MQTT' 05 02 003C {15 'm'} 'a'"));
        peer.Forget();
        peer.Feed(Bytes.Packet(0xF0, "18 {15 'm' 16 'one'}"));
        peer.Told();
        peer.Connection.SendAuth(MqttReasonCode.ContinueAuthentication, "m", "go"u8.ToArray());
        peer.Wrote(Bytes.Packet(0xF0, "18 {15 'm' 16 'go'}"));
        peer.Feed();
        peer.Told("AUTH 18 [AuthenticationMethod=m AuthenticationData=one]");
        peer.Feed(Bytes.Packet(0xC0));
        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("MQTT5-4.12.0-1", "MQTT5-4.12.0-4")]
    public void Extended_authentication_can_be_refused()
    {
        Peer peer = new(MqttRole.Server);
        peer.Feed(Bytes.Packet(0x10, "'MQTT' 05 02 003C {15 'm'} 'a'"));
        peer.Connection.RefuseConnect(MqttReasonCode.BadAuthenticationMethod);
        peer.Wrote(Bytes.Packet(0x20, "00 8C {}"));
    }

    [Fact]
    public void A_client_gets_no_packets_of_clients_and_a_server_none_of_servers()
    {
        foreach (byte first in new byte[] { 0x10, 0x82, 0xA2, 0xC0 })
        {
            Peer client = Peer.ClientAccepted(MqttVersion.V500);
            client.Feed(first, 0);
            client.EndedWith(MqttReasonCode.ProtocolError);
        }

        foreach (byte first in new byte[] { 0x20, 0x90, 0xB0, 0xD0 })
        {
            Peer server = Peer.ServerAccepted(MqttVersion.V500);
            server.Feed(first, 0);
            server.EndedWith(MqttReasonCode.ProtocolError);
        }

        Peer old = Peer.ClientAccepted(MqttVersion.V311);
        old.Feed(0xE0, 0);
        old.EndedWith(MqttReasonCode.ProtocolError);
    }
}
