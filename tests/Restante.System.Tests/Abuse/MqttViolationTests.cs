using static Restante.System.Tests.Abuse.MqttBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// What breaks MQTT ends the connection: MQTT 5 devices are told the reason code, 3.1.1 knows no such word. What is merely not theirs is
/// refused in the acknowledgement.
/// </summary>
[Collection("abuse")]
public sealed class MqttViolationTests(AbuseFixture fixture)
{
    private const int Malformed = 0x81;
    private const int ProtocolError = 0x82;
    private const int TopicFilterInvalid = 0x8f;
    private const int TopicNameInvalid = 0x90;
    private const int ReceiveMaximumExceeded = 0x93;
    private const int TopicAliasInvalid = 0x94;
    private const int PacketTooLarge = 0x95;
    private const int QuotaExceeded = 0x97;

    // Sent on a connection that is established; the versions it is an offence in.
    private static readonly Dictionary<string, (Func<int, byte[]> Bytes, int Code, int[] Versions)> s_ending = new()
    {
        ["a packet of 256 megabytes"] = (_ => [0x30, 0xff, 0xff, 0xff, 0x7f], PacketTooLarge, [4, 5]),
        ["a packet one byte too large"] = (_ => [0x30, .. Length(262_144 + 32_768 - 3)], PacketTooLarge, [4, 5]),
        ["a length of five bytes"] = (_ => [0x30, 0xff, 0xff, 0xff, 0xff, 0x7f], Malformed, [4, 5]),
        ["a length longer than it need be"] = (_ => [0xc0, 0x80, 0x00], Malformed, [5]),
        ["a packet type 0"] = (_ => [0x00, 0x00], Malformed, [4, 5]),
        ["an AUTH in 3.1.1"] = (_ => [0xf0, 0x00], Malformed, [4]),
        ["reserved flags"] = (_ => [0xc1, 0x00], Malformed, [4, 5]),
        ["a PINGREQ with a body"] = (_ => [0xc0, 0x01, 0x00], Malformed, [4, 5]),
        ["a second CONNECT"] = (v => Connect(v, "again", "again", "again"), ProtocolError, [4, 5]),
        ["a packet for clients"] = (_ => [0x90, 0x03, 0, 1, 0], ProtocolError, [4, 5]),
        ["QoS 3"] = (_ => Packet(0x36, Text("telemetry"), Number(1)), Malformed, [4, 5]),
        ["a topic that is not UTF-8"] = (v => PublishPacket(v, Field([0x74, 0xc3, 0x28]), 1, 1), Malformed, [4, 5]),
        ["a topic with a surrogate"] = (v => PublishPacket(v, Field([0xed, 0xa0, 0x80]), 1, 1), Malformed, [4, 5]),
        ["a topic with a zero"] = (v => PublishPacket(v, Field([0x74, 0x00]), 1, 1), Malformed, [4, 5]),
        ["a topic longer than its packet"] = (_ => Packet(0x32, Number(5_000), [1]), Malformed, [4, 5]),
        ["a topic with a wildcard"] = (v => PublishPacket(v, "telemetry/#", 1, 1), TopicNameInvalid, [4, 5]),
        ["no topic and no alias"] = (v => PublishPacket(v, "", 1, 1), ProtocolError, [5]),
        ["a topic of 5,000 bytes"] = (v => PublishPacket(v, "telemetry/" + new string('x', 5_000), 1, 1), TopicNameInvalid, [4, 5]),
        ["a packet identifier 0"] = (v => PublishPacket(v, "telemetry", 1, 0), ProtocolError, [4, 5]),
        ["alias 0"] = (v => PublishPacket(v, "telemetry", 1, 1, null, TopicAlias(0)), TopicAliasInvalid, [5]),
        ["an alias above the maximum"] = (v => PublishPacket(v, "telemetry", 1, 1, null, TopicAlias(9)), TopicAliasInvalid, [5]),
        ["an alias that was never set"] = (v => PublishPacket(v, "", 1, 1, null, TopicAlias(3)), ProtocolError, [5]),
        ["a property twice"] = (v => PublishPacket(v, "telemetry", 1, 1, null, TopicAlias(1), TopicAlias(2)), ProtocolError, [5]),
        ["a property of another packet"] = (v => PublishPacket(v, "telemetry", 1, 1, null, [0x11, 0, 0, 0, 1]), Malformed, [5]),
        ["a property block longer than the packet"] = (_ => Packet(0x32, Text("telemetry"), Number(1), Length(100_000), [1]), Malformed, [5]),
        ["a hundred user properties"] = (
            v => PublishPacket(v, "telemetry", 1, 1, null, [.. Enumerable.Repeat(UserProperty("a", "b"), 100)]), QuotaExceeded, [5]),
        ["a retained message"] = (v => Packet(0x33, Text("telemetry"), Number(1), Properties(v)), 0x9a, [5]),
        ["65 messages without a PUBREL"] = (
            v => AmqpBytes.Times(65, n => PublishPacket(v, "telemetry", 2, n + 1)), ReceiveMaximumExceeded, [5]),
        ["65 filters in one packet"] = (v => Subscribe(v, 1, [.. Enumerable.Repeat("mailbox/#", 65)]), QuotaExceeded, [4, 5]),
        ["no filter"] = (v => Subscribe(v, 1), ProtocolError, [4, 5]),
        ["a misplaced wildcard"] = (v => Subscribe(v, 1, "mailbox/#/x"), TopicFilterInvalid, [4, 5]),
        ["a shared subscription"] = (v => Subscribe(v, 1, "$share/thieves/mailbox/#"), 0x9e, [5]),
        ["a subscription that asks for QoS 3"] = (
            v => Packet(0x82, Number(1), Properties(v), Text("mailbox/#"), [3]), ProtocolError, [4, 5]),
        ["a SUBSCRIBE without its flags"] = (_ => [0x80, 0x00], Malformed, [4, 5]),
    };

    public static TheoryData<string, int> Ending => Rows();

    [Theory]
    [MemberData(nameof(Ending))]
    public Task It_costs_the_connection(string what, int version) => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using MqttScript script = await ConnectAsync(version);
        await script.Wire.TrySendAsync(s_ending[what].Bytes(version));
        await script.ExpectEndAsync(s_ending[what].Code);
    });

    [Theory]
    [InlineData("a PUBLISH", "3006000161010203")]
    [InlineData("a PINGREQ", "c000")]
    [InlineData("a SUBSCRIBE", "8203000100")]
    [InlineData("a CONNECT of 256 megabytes", "10ffffff7f")]
    [InlineData("a CONNECT of 20 kilobytes", "10a09c01")]
    [InlineData("a CONNECT of another protocol", "100c00044854545005c2003c0000")]
    [InlineData("a length of five bytes", "10ffffffff7f")]
    public Task A_first_packet_that_is_no_CONNECT_ends_it_without_a_word(string what, string bytes) => fixture.Witness.WorkDuringAsync(async () =>
    {
        Assert.NotEmpty(what);
        await using Wire wire = await Wire.ConnectTlsAsync(fixture.Gateway.MqttPort);
        await wire.TrySendAsync(Convert.FromHexString(bytes));
        Assert.Empty(await wire.ReadToEndAsync());
    });

    [Fact]
    public Task A_version_that_is_not_spoken_is_refused_in_the_nearest_one() => fixture.Witness.WorkDuringAsync(async () =>
    {
        foreach (int version in new[] { 3, 6, 255 })
        {
            await using Wire wire = await Wire.ConnectTlsAsync(fixture.Gateway.MqttPort);
            await wire.TrySendAsync(Connect(version, "a", "b", "c"));
            byte[] came = await wire.ReadToEndAsync();
            // MQTT 5 adds properties with a reason in words.
            Assert.Equal(version == 3 ? "20020001" : "84", Convert.ToHexString(version == 3 ? came : came[3..4]));
        }
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public Task A_wrong_password_is_refused_like_an_unknown_device(int version) => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        var answers = new HashSet<string>();
        foreach ((string user, string password) in new[] { (id, "wrong"), ("nobody", key), (id, key[..^4] + "AAA="), ("policy/admin", key), ("", "") })
        {
            await using Wire wire = await Wire.ConnectTlsAsync(fixture.Gateway.MqttPort);
            await wire.SendAsync(Connect(version, "same", user, password));
            answers.Add(Convert.ToHexString(await wire.ReadToEndAsync()));
        }

        string only = Assert.Single(answers);
        Assert.Equal(version == 4 ? "20020004" : "86", version == 4 ? only : only[6..8]);
    });

    [Theory]
    [InlineData("telemetry/a/b", TopicNameInvalid)]
    [InlineData("telemetry/no spaces", TopicNameInvalid)]
    [InlineData("devices/other", TopicNameInvalid)]
    [InlineData("$SYS/x", TopicNameInvalid)]
    [InlineData("mailbox/commands/1", 0x87)]
    [InlineData("reports/1", TopicNameInvalid)]
    [InlineData("mailbox/settle/nonsense/accept", TopicNameInvalid)]
    [InlineData("mailbox/settle/1-1/accept", 0x80)]
    public Task A_publish_to_what_is_not_there_costs_the_publish(string topic, int code) => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using MqttScript five = await ConnectAsync(5);
        await five.Wire.SendAsync(PublishPacket(5, topic, 0, 0), PublishPacket(5, topic, 1, 7), PublishPacket(5, topic, 2, 8));
        byte[] acknowledged = await five.UntilAsync(PubAck);
        Assert.Equal((7, code), (acknowledged[1], (int)acknowledged[2]));
        byte[] received = await five.UntilAsync(PubRec);
        Assert.Equal((8, code), (received[1], (int)received[2]));
        await five.PingAsync();

        // 3.1.1 has no word for it: QoS 0 is dropped and counted, QoS 1 ends the connection.
        await using MqttScript four = await ConnectAsync(4);
        await four.Wire.SendAsync(PublishPacket(4, topic, 0, 0));
        await four.PingAsync();
        await four.Wire.SendAsync(PublishPacket(4, topic, 1, 7));
        await four.ExpectEndAsync(0);
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public Task Subscriptions_without_end_are_bounded_and_still_answered(int version) => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using MqttScript script = await ConnectAsync(version);
        for (int i = 1; i <= 500; i++)
        {
            await script.Wire.SendAsync(Subscribe(version, i, [.. Enumerable.Range(0, 60).Select(n => $"mailbox/{i}/{n}"), "mailbox/#", "#"]));
            byte[] codes = (await script.UntilAsync(SubAck))[^62..];
            Assert.All(codes[..60], code => Assert.Equal(version == 4 ? 0x80 : TopicFilterInvalid, code));
            Assert.Equal(version == 4 ? [1, 0x80] : new byte[] { 1, 0x87 }, codes[60..]);
        }
    });

    [Fact]
    public Task Aliases_may_be_set_again_and_again() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using MqttScript script = await ConnectAsync(5);
        for (int i = 0; i < 2_000; i++)
        {
            string topic = $"telemetry/{i:d1}" + new string('x', 40);
            await script.Wire.SendAsync(PublishPacket(5, topic, 0, 0, null, TopicAlias((i % 8) + 1)));
        }

        await script.Wire.SendAsync(PublishPacket(5, "", 1, 1, null, TopicAlias(8)));
        Assert.Equal([0, 1], (await script.UntilAsync(PubAck))[..2]);
    });

    [Fact]
    public Task A_3_1_1_device_beyond_the_receive_maximum_is_served_in_its_time() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using MqttScript script = await ConnectAsync(4);
        await script.Wire.SendAsync(AmqpBytes.Times(500, static n => PublishPacket(4, "telemetry", 1, n + 1)));
        for (int i = 1; i <= 500; i++)
            Assert.Equal(Number(i), await script.UntilAsync(PubAck));
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public Task A_missed_keep_alive_ends_it(int version) => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        await using MqttScript script = await MqttScript.ConnectAsync(fixture.Gateway, version, id, key, keepAlive: 1);
        await script.ExpectEndAsync(0x8d);
    });

    private static TheoryData<string, int> Rows()
    {
        var rows = new TheoryData<string, int>();
        foreach ((string what, (_, _, int[] versions)) in s_ending)
        {
            foreach (int version in versions)
                rows.Add(what, version);
        }

        return rows;
    }

    private async Task<MqttScript> ConnectAsync(int version)
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        return await MqttScript.ConnectAsync(fixture.Gateway, version, id, key);
    }
}
