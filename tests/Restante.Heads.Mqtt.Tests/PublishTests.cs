using System.Text;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Streams;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

public sealed class PublishTests
{
    [Theory]
    [Spec("MQTT5-3.3.4-1", "MQTT3-3.3.4-1")]
    [InlineData(MqttVersion.V311, MqttQos.AtMostOnce)]
    [InlineData(MqttVersion.V311, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V311, MqttQos.ExactlyOnce)]
    [InlineData(MqttVersion.V500, MqttQos.AtMostOnce)]
    [InlineData(MqttVersion.V500, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V500, MqttQos.ExactlyOnce)]
    public async Task Telemetry_is_stored_under_the_device(MqttVersion version, MqttQos qos)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version);
        await device.PublishAsync("telemetry", "one", qos);
        await device.PublishAsync("telemetry/engine.rpm", "two", qos);
        if (qos == MqttQos.AtLeastOnce)
        {
            Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
            Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        }
        else if (qos == MqttQos.ExactlyOnce)
        {
            for (int i = 0; i < 4; i++)
                Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        }

        IReadOnlyList<StreamRecord> records = await post.TelemetryAsync(2);
        Assert.Equal(["truck", "truck"], records.Select(r => r.Source));
        Assert.Equal([null, "engine.rpm"], records.Select(r => r.Channel));
        Assert.Equal("one", Encoding.UTF8.GetString(Post.ContentOf(records[0]).Body.Span));
        Assert.Equal("two", Encoding.UTF8.GetString(Post.ContentOf(records[1]).Body.Span));
    }

    [Fact]
    [Spec("MQTT5-3.3.2-4", "MQTT5-3.3.2-15", "MQTT5-3.3.2-16", "MQTT5-3.3.2-17", "MQTT5-3.3.2-18", "MQTT5-3.3.2-20")]
    public async Task Properties_of_5_come_through()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.PublishAsync(
            "telemetry", "{}", MqttQos.AtLeastOnce, format: 1, contentType: "application/json", correlation: [0xC3, 0x28], responseTopic: "back/here", expiry: 30,
            properties: [new("unit", "°C"), new("subject", "heat"), new("message-id", "m1"), new("content-encoding", "gzip"), new("creation-time", "1700000000000"), new("unit", "K"), new("subject", "cold")]);
        await device.NextAsync<Answer>();
        MessageContent content = Post.ContentOf((await post.TelemetryAsync())[0]);
        Assert.Equal(BodyKind.Text, content.BodyKind);
        Assert.Equal("application/json", content.ContentType);
        Assert.Equal("gzip", content.ContentEncoding);
        Assert.Equal("heat", content.Subject);
        Assert.Equal("m1", content.MessageId);
        Assert.Equal("back/here", content.ReplyTo);
        Assert.Equal(Convert.ToBase64String([0xC3, 0x28]), content.CorrelationId);
        Assert.Equal(1700000000000, content.CreationTimeMs);
        Assert.Equal([new("message-expiry", "30"), new("unit", "°C"), new("unit", "K")], content.Properties);
    }

    [Fact]
    public async Task Properties_of_3_1_1_come_in_a_bag()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(MqttVersion.V311);
        await device.PublishAsync("telemetry/engine/?ct=application%2Fjson&ce=gzip&mid=m1&cid=c%201&sub=heat&rto=back&ctime=5&unit=%C2%B0C&flag&sub=cold", "x");
        await device.NextAsync<Answer>();
        StreamRecord record = (await post.TelemetryAsync())[0];
        MessageContent content = Post.ContentOf(record);
        Assert.Equal("engine", record.Channel);
        Assert.Equal(
            ("application/json", "gzip", "m1", "c 1", "heat", "back", 5L),
            (content.ContentType, content.ContentEncoding, content.MessageId, content.CorrelationId, content.Subject, content.ReplyTo, content.CreationTimeMs!.Value));
        Assert.Equal([new("unit", "°C"), new("flag", "")], content.Properties);
    }

    [Theory]
    [Spec("MQTT3-3.3.5-2")]
    [InlineData("telemetry/a/b", 0x90)]
    [InlineData("telemetry/no spaces", 0x90)]
    [InlineData("telemetry/?ct=a", 0x90)]
    [InlineData("other", 0x90)]
    [InlineData("devices/lamp/telemetry", 0x87)]
    [InlineData("mailbox/commands/1", 0x87)]
    [InlineData("reports/x", 0x90)]
    [InlineData("inquiries/weather", 0x90)]
    [InlineData("state/desired", 0x87)]
    public async Task Other_topics_cost_5_the_message_and_3_1_1_the_connection(string topic, byte code)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        foreach (MqttQos qos in new[] { MqttQos.AtLeastOnce, MqttQos.ExactlyOnce })
        {
            await device.PublishAsync(topic, "x", qos);
            Answer answer = await device.NextAsync<Answer>();
            Assert.Equal((MqttReasonCode)code, answer.Code);
            Assert.NotEmpty(answer.Reason);
        }

        await device.PublishAsync(topic, "x", MqttQos.AtMostOnce);
        await device.NothingAsync();
        await device.PublishAsync("telemetry", "good");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);

        if (topic.Contains('?', StringComparison.Ordinal))
            return;
        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        await older.PublishAsync(topic, "x", MqttQos.AtMostOnce);
        await older.NothingAsync();
        await older.PublishAsync(topic, "x");
        await older.NextAsync<Gone>();
        Assert.Single(await post.TelemetryAsync());
    }

    [Fact]
    public async Task A_broken_bag_closes_a_3_1_1_connection()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(MqttVersion.V311);
        await device.PublishAsync("telemetry/?ct=%zz", "x");
        await device.NextAsync<Gone>();
        Assert.Empty(await post.TelemetryAsync());
    }

    [Fact]
    [Spec("MQTT5-3.2.2-14", "MQTT5-3.3.1-5", "MQTT3-3.3.1-5")]
    public async Task Retained_telemetry_is_refused_to_5_and_plain_telemetry_from_3_1_1()
    {
        await using var post = new Post();
        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        await older.PublishAsync("telemetry", "x", retain: true);
        Assert.Equal(MqttReasonCode.Success, (await older.NextAsync<Answer>()).Code);
        Assert.Single(await post.TelemetryAsync());

        // A client that keeps to the announcement would not send it, so it is written by hand.
        Device device = await post.ConnectAsync();
        await device.WriteAsync([0x31, 0x0E, 0x00, 0x09, .. "telemetry"u8, 0x00, (byte)'x', (byte)'y']);
        Assert.Equal(MqttReasonCode.RetainNotSupported, (await device.NextAsync<Goodbye>()).Code);
        await device.NextAsync<Gone>();
    }

    [Fact]
    public async Task A_payload_that_is_no_text_as_it_says_is_refused()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.DoAsync(engine => engine.Send(new OutgoingMessage
        {
            Topic = "telemetry"u8,
            Payload = [0xFF],
            Qos = MqttQos.AtLeastOnce,
            PayloadFormatIndicator = 1,
        }));
        Assert.Equal(MqttReasonCode.PayloadFormatInvalid, (await device.NextAsync<Answer>()).Code);
    }

    [Fact]
    public async Task A_message_over_the_limit_costs_that_message()
    {
        await using var post = new Post(limits: new GatewayLimits { MaxMessageBytes = 2_000 });
        Device device = await post.ConnectAsync();
        await device.PublishAsync("telemetry", new string('x', 3_000));
        Assert.Equal(MqttReasonCode.QuotaExceeded, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync("telemetry", "small");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
    }

    [Fact]
    [Spec("MQTT5-3.2.2-15")]
    public async Task A_packet_over_the_limit_costs_the_connection()
    {
        await using var post = new Post(new MqttHeadOptions { MaxPacketBytes = 2_048 });
        Device device = await post.ConnectAsync();
        await device.WriteAsync([0x30, 0x80, 0x80, 0x01]);
        Assert.Equal(MqttReasonCode.PacketTooLarge, (await device.NextAsync<Goodbye>()).Code);
    }

    [Fact]
    [Spec("MQTT5-4.3.2-4", "MQTT3-4.8.0-2")]
    public async Task An_unavailable_store_refuses_5_and_closes_3_1_1_unacknowledged()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        post.Streams.Inner.Unavailable = true;
        await device.PublishAsync("telemetry", "x");
        Answer answer = await device.NextAsync<Answer>();
        Assert.Equal(MqttReasonCode.ImplementationSpecificError, answer.Code);
        Assert.NotEmpty(answer.Reason);
        await older.PublishAsync("telemetry", "x");
        await older.NextAsync<Gone>();

        post.Streams.Inner.Unavailable = false;
        await device.PublishAsync("telemetry", "x");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
    }

    [Fact]
    [Spec("MQTT5-4.3.2-4", "MQTT5-4.3.3-8", "MQTT3-4.3.2-2")]
    public async Task Nothing_is_acknowledged_before_the_commit()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        post.Streams.Hold();
        await device.PublishAsync("telemetry", "1");
        await device.PublishAsync("telemetry", "2", MqttQos.ExactlyOnce);
        await device.NothingAsync();
        post.Streams.LetGo();
        Assert.Equal(MqttAcknowledgementStage.PubAck, (await device.NextAsync<Answer>()).Stage);
        Assert.Equal(MqttAcknowledgementStage.PubRec, (await device.NextAsync<Answer>()).Stage);
    }

    [Fact]
    public async Task A_flood_of_qos_0_waits_for_the_store()
    {
        await using var post = new Post(new MqttHeadOptions { MaxUncommitted = 5 });
        Device device = await post.ConnectAsync();
        post.Streams.Hold();
        for (int i = 0; i < 100; i++)
            await device.PublishAsync("telemetry", $"{i}", MqttQos.AtMostOnce);
        Device other = await post.ConnectAsync(device: "lamp");
        await other.NothingAsync();
        Assert.InRange(post.Streams.Waiting, 0, 5);
        post.Streams.LetGo();
        IReadOnlyList<StreamRecord> records = await post.TelemetryAsync(100);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), records.Select(r => Encoding.UTF8.GetString(Post.ContentOf(r).Body.Span)));
    }

    [Fact]
    [Spec("MQTT5-3.3.4-7")]
    public async Task More_than_the_receive_maximum_is_a_violation_in_5_and_waits_in_3_1_1()
    {
        await using var post = new Post(new MqttHeadOptions { ReceiveMaximum = 2 });
        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        Device device = await post.ConnectAsync();
        post.Streams.Hold();
        for (int i = 0; i < 10; i++)
            await older.PublishAsync("telemetry", $"{i}");
        byte[] publish = [0x32, 0x0E, 0x00, 0x09, .. "telemetry"u8, 0x00, 0x01, 0x00];
        await device.WriteAsync(publish);
        publish[14] = 2;
        await device.WriteAsync(publish);
        publish[14] = 3;
        await device.WriteAsync(publish);
        Assert.Equal(MqttReasonCode.ReceiveMaximumExceeded, (await device.NextAsync<Goodbye>()).Code);
        post.Streams.LetGo();
        for (int i = 0; i < 10; i++)
            Assert.Equal(MqttReasonCode.Success, (await older.NextAsync<Answer>()).Code);
    }

    [Fact]
    [Spec("MQTT5-4.3.3-10", "MQTT3-4.3.3-2")]
    public async Task Qos_2_is_stored_once_over_a_lost_link()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(expiry: 100);
        post.Streams.Hold();
        await device.PublishAsync("telemetry", "once", MqttQos.ExactlyOnce);
        await device.NothingAsync();
        MqttSessionState? state = null;
        await device.DoAsync(engine => state = engine.ExportSession());
        device.Break();
        post.Streams.LetGo();
        await device.NextAsync<Gone>();
        Device again = await post.OpenAsync(expiry: 100, clean: false, state: state);
        Assert.True((await again.NextAsync<ConnAck>()).SessionPresent);
        await again.DoAsync(engine => engine.Send(new OutgoingMessage
        {
            Topic = "telemetry"u8,
            Payload = "once"u8,
            Qos = MqttQos.ExactlyOnce,
            ResendAs = new PacketId(state!.Unacknowledged.Span[0]),
        }));
        Assert.Equal(MqttAcknowledgementStage.PubRec, (await again.NextAsync<Answer>()).Stage);
        Assert.Equal(MqttAcknowledgementStage.PubComp, (await again.NextAsync<Answer>()).Stage);
        Assert.Single(await post.TelemetryAsync());
    }
}
