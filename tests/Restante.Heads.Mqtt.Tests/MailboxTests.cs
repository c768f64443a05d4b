using System.Text;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

public sealed class MailboxTests
{
    [Theory]
    [Spec("MQTT5-4.6.0-5", "MQTT5-4.6.0-6", "MQTT5-3.3.2-3", "MQTT5-3.3.4-3")]
    [InlineData("mailbox/#")]
    [InlineData("mailbox/+/+")]
    [InlineData("mailbox/commands/#")]
    public async Task Waiting_mail_comes_in_order_and_puback_accepts_it(string filter)
    {
        await using var post = new Post();
        Sequence first = await post.SendAsync("one");
        Sequence second = await post.SendAsync("two");
        Device device = await post.ConnectAsync();
        Assert.Equal([MqttReasonCode.GrantedQos1], (await device.SubscribeAsync(filter, identifier: 42)).Codes);
        Mail one = await device.NextAsync<Mail>();
        Mail two = await device.NextAsync<Mail>();
        Assert.Equal(($"mailbox/commands/{first}", "one", MqttQos.AtLeastOnce), (one.Topic, one.Text, one.Qos));
        Assert.Equal(($"mailbox/commands/{second}", "two"), (two.Topic, two.Text));
        Assert.Equal($"{first}-1", one.Lease);
        Assert.Equal("1", one.Property("delivery-count"));
        Assert.True(long.Parse(one.Property("enqueued-at")!, System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Equal([42u], one.SubscriptionIds);
        Assert.False(one.Retain || one.Duplicate);
        await device.AcknowledgeAsync(one);
        await device.AcknowledgeAsync(two);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(first)).Outcome);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(second)).Outcome);

        Sequence third = await post.SendAsync("three");
        Mail woken = await device.NextAsync<Mail>();
        Assert.Equal($"mailbox/commands/{third}", woken.Topic);
    }

    [Fact]
    [Spec("MQTT5-3.3.2-4", "MQTT5-3.3.2-15", "MQTT5-3.3.2-16", "MQTT5-3.3.2-17", "MQTT5-3.3.2-20")]
    public async Task Properties_reach_5_and_3_1_1()
    {
        await using var post = new Post();
        var content = new MessageContent
        {
            BodyKind = BodyKind.Text,
            Body = "ü"u8.ToArray(),
            MessageId = "m 1",
            CorrelationId = "c1",
            Subject = "s/+#",
            ReplyTo = "back/here",
            ContentType = "text/plain",
            ContentEncoding = "identity",
            CreationTimeMs = 5,
            Properties = [new("a&b", "=1"), new("x", "ä")],
        };
        long expires = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 60_000;
        Sequence sequence = await post.SendAsync("", content: content, expiresAtMs: expires);
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Mail mail = await device.NextAsync<Mail>();
        Assert.Equal("ü", mail.Text);
        Assert.Equal((byte)1, mail.Format);
        Assert.Equal("text/plain", mail.ContentType);
        Assert.Equal("back/here", mail.ResponseTopic);
        Assert.Equal("c1"u8.ToArray(), mail.Correlation);
        Assert.InRange(mail.Expiry!.Value, 50u, 60u);
        Assert.Equal(("m 1", "s/+#", "identity", "5"), (mail.Property("message-id"), mail.Property("subject"), mail.Property("content-encoding"), mail.Property("creation-time")));
        Assert.Equal(("=1", "ä"), (mail.Property("a&b"), mail.Property("x")));
        await device.AcknowledgeAsync(mail, MqttReasonCode.ImplementationSpecificError);
        await device.LeaveAsync();

        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        Assert.Equal([MqttReasonCode.GrantedQos1], (await older.SubscribeAsync()).Codes);
        mail = await older.NextAsync<Mail>();
        Assert.StartsWith($"mailbox/commands/{sequence}/?lease={sequence}-", mail.Topic, StringComparison.Ordinal);
        foreach (string part in new[] { "&delivery-count=", "&enqueued-at=", "&expires-in=", "&mid=m%201", "&cid=c1", "&sub=s%2F%2B%23", "&rto=back%2Fhere", "&ct=text%2Fplain", "&ce=identity", "&ctime=5", "&a%26b=%3D1", "&x=%C3%A4" })
            Assert.Contains(part, mail.Topic, StringComparison.Ordinal);
        Assert.Equal("ü", mail.Text);
        await older.AcknowledgeAsync(mail);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Theory]
    [Spec("MQTT5-4.4.0-2")]
    [InlineData(0x80, Outcome.Rejected)]
    [InlineData(0x87, Outcome.Rejected)]
    [InlineData(0x99, Outcome.Rejected)]
    public async Task A_refusing_puback_rejects(byte code, Outcome outcome)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence sequence = await post.SendAsync("x");
        await device.AcknowledgeAsync(await device.NextAsync<Mail>(), (MqttReasonCode)code, "not for me");
        OutcomeRecord record = await post.OutcomeAsync(sequence);
        Assert.Equal(outcome, record.Outcome);
        Assert.Equal("not for me", record.Reason);

        sequence = await post.SendAsync("x");
        await device.AcknowledgeAsync(await device.NextAsync<Mail>(), (MqttReasonCode)code);
        Assert.Contains($"0x{code:X2}", (await post.OutcomeAsync(sequence)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x83, MqttQos.AtLeastOnce)]
    [InlineData(0x97, MqttQos.AtLeastOnce)]
    [InlineData(0x83, MqttQos.ExactlyOnce)]
    public async Task A_releasing_answer_brings_it_again(byte code, MqttQos qos)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync(qos: qos);
        Sequence sequence = await post.SendAsync("x");
        await device.AcknowledgeAsync(await device.NextAsync<Mail>(), (MqttReasonCode)code);
        Mail again = await device.NextAsync<Mail>();
        Assert.Equal("2", again.Property("delivery-count"));
        Assert.False(again.Duplicate);
        await device.AcknowledgeAsync(again);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Theory]
    [Spec("MQTT5-4.3.3-4")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Qos_2_settles_before_pubrel(MqttVersion version)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version);
        Assert.Equal([MqttReasonCode.GrantedQos2], (await device.SubscribeAsync(qos: MqttQos.ExactlyOnce)).Codes);
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        Assert.Equal(MqttQos.ExactlyOnce, mail.Qos);
        await device.AcknowledgeAsync(mail);
        await device.NextAsync<Release>();
        Assert.Equal(Outcome.Accepted, (await post.Gateway.Outcomes.FindAsync(sequence)).Value!.Outcome);
    }

    [Fact]
    public async Task Qos_2_is_not_released_while_the_store_is_unavailable()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync(qos: MqttQos.ExactlyOnce);
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        post.Store.Unavailable = true;
        await device.AcknowledgeAsync(mail);
        await device.NothingAsync();
        post.Store.Unavailable = false;
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(2));
        await device.NextAsync<Release>();
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    [Spec("MQTT5-3.8.4-8", "MQTT3-3.8.4-6", "MQTT3-4.6.0-5", "MQTT3-4.6.0-6")]
    public async Task Qos_0_is_accepted_once_written()
    {
        await using var post = new Post(new MqttHeadOptions { MaxInFlight = 2 });
        Device device = await post.ConnectAsync(MqttVersion.V311);
        List<Sequence> sent = [];
        for (int i = 0; i < 10; i++)
            sent.Add(await post.SendAsync($"{i}"));
        Assert.Equal([MqttReasonCode.Success], (await device.SubscribeAsync(qos: MqttQos.AtMostOnce)).Codes);
        for (int i = 0; i < 10; i++)
        {
            Mail mail = await device.NextAsync<Mail>();
            Assert.Equal(($"{i}", MqttQos.AtMostOnce), (mail.Text, mail.Qos));
            Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sent[i])).Outcome);
        }
    }

    [Fact]
    [Spec("MQTT5-3.3.4-9", "MQTT5-4.9.0-2")]
    public async Task The_receive_maximum_pulls()
    {
        await using var post = new Post();
        for (int i = 0; i < 10; i++)
            await post.SendAsync($"{i}");
        Device device = await post.ConnectAsync(settings: new MqttConnectionSettings { ReceiveMaximum = 3 });
        await device.SubscribeAsync();
        Mail[] first = [await device.NextAsync<Mail>(), await device.NextAsync<Mail>(), await device.NextAsync<Mail>()];
        await device.NothingAsync();
        Assert.Equal(3, post.Gateway.Mailboxes.Totals.Leased);
        await device.AcknowledgeAsync(first[0]);
        Assert.Equal("3", (await device.NextAsync<Mail>()).Text);
        await device.NothingAsync();
    }

    [Fact]
    public async Task The_cap_of_the_gateway_holds_too()
    {
        await using var post = new Post(new MqttHeadOptions { MaxInFlight = 2 });
        for (int i = 0; i < 5; i++)
            await post.SendAsync($"{i}");
        Device device = await post.ConnectAsync(MqttVersion.V311);
        await device.SubscribeAsync();
        await device.NextAsync<Mail>();
        await device.NextAsync<Mail>();
        await device.NothingAsync();
    }

    [Fact]
    [Spec("MQTT5-3.1.2-24", "MQTT5-3.1.2-25")]
    public async Task What_does_not_fit_the_device_is_rejected_and_blocks_nobody()
    {
        await using var post = new Post();
        Sequence large = await post.SendAsync(new string('x', 1_000));
        Sequence small = await post.SendAsync("small");
        Device device = await post.ConnectAsync(settings: new MqttConnectionSettings { MaximumPacketSize = 500 });
        await device.SubscribeAsync();
        Assert.Equal($"mailbox/commands/{small}", (await device.NextAsync<Mail>()).Topic);
        OutcomeRecord record = await post.OutcomeAsync(large);
        Assert.Equal(Outcome.Rejected, record.Outcome);
        Assert.Contains("maximum packet size of 500 bytes", record.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_mqtt_cannot_carry_is_rejected()
    {
        await using var post = new Post();
        Sequence zero = await post.SendAsync("", content: new MessageContent { Properties = [new("a", "x\0y")] });
        Sequence huge = await post.SendAsync("", content: new MessageContent { Properties = [new("a", new string('x', 70_000))] });
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Assert.Equal(Outcome.Rejected, (await post.OutcomeAsync(zero)).Outcome);
        Assert.Equal(Outcome.Rejected, (await post.OutcomeAsync(huge)).Outcome);
        Sequence long311 = await post.SendAsync("", content: new MessageContent { Properties = [new("a", new string('ä', 20_000))] });
        Device older = await post.ConnectAsync(MqttVersion.V311);
        await older.SubscribeAsync();
        Assert.Equal(Outcome.Rejected, (await post.OutcomeAsync(long311)).Outcome);
    }

    [Theory]
    [InlineData("accept", 0, null)]
    [InlineData("reject", 1, "bad firmware")]
    public async Task Settling_by_publish_decides(string verb, int outcome, string? reason)
    {
        foreach (MqttVersion version in new[] { MqttVersion.V311, MqttVersion.V500 })
        {
            await using var post = new Post();
            Device device = await post.ConnectAsync(version);
            await device.SubscribeAsync();
            Sequence sequence = await post.SendAsync("x");
            Mail mail = await device.NextAsync<Mail>();
            Assert.Equal(MqttReasonCode.Success, await device.SettleAsync($"{sequence}-1", verb, reason ?? ""));
            OutcomeRecord record = await post.OutcomeAsync(sequence);
            Assert.Equal(((Outcome)outcome, reason), (record.Outcome, record.Reason));
            await device.AcknowledgeAsync(mail);
            await device.NothingAsync();
        }
    }

    [Fact]
    public async Task A_settle_before_the_puback_wins_over_it()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        await device.DoAsync(engine =>
        {
            engine.Send(new OutgoingMessage { Topic = Encoding.ASCII.GetBytes($"mailbox/settle/{mail.Lease}/reject"), Payload = "no"u8, Qos = MqttQos.AtLeastOnce });
            engine.AcknowledgePublish(mail.Id);
        });
        OutcomeRecord record = await post.OutcomeAsync(sequence);
        Assert.Equal((Outcome.Rejected, "no"), (record.Outcome, record.Reason));
    }

    [Theory]
    [InlineData(MqttQos.AtLeastOnce)]
    [InlineData(MqttQos.ExactlyOnce)]
    public async Task A_settle_that_was_refused_still_wins_over_the_acknowledgement(MqttQos qos)
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync(qos: qos);
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        post.Store.Unavailable = true;
        Assert.Equal(MqttReasonCode.ImplementationSpecificError, await device.SettleAsync(mail.Lease, "reject", "no"));
        await device.AcknowledgeAsync(mail);
        await device.NothingAsync();
        post.Store.Unavailable = false;
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(2));
        OutcomeRecord record = await post.OutcomeAsync(sequence);
        Assert.Equal((Outcome.Rejected, "no"), (record.Outcome, record.Reason));
    }

    [Fact]
    public async Task A_settle_that_is_refused_after_the_acknowledgement_is_tried_again()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        post.Door.Hold(nameof(IMailboxStore.SettleAsync));
        post.Store.Unavailable = true;
        await device.PublishAsync($"mailbox/settle/{mail.Lease}/reject", "no");
        await post.Door.Reached;
        await device.AcknowledgeAsync(mail);
        await device.NothingAsync();
        post.Store.Unavailable = false;
        post.Door.Open();
        Assert.Equal(MqttReasonCode.ImplementationSpecificError, (await device.NextAsync<Answer>()).Code);
        OutcomeRecord record = await post.OutcomeAsync(sequence);
        Assert.Equal((Outcome.Rejected, "no"), (record.Outcome, record.Reason));
    }

    [Fact]
    public async Task Release_by_publish_brings_it_again_and_the_old_lease_is_void()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        Assert.Equal(MqttReasonCode.Success, await device.SettleAsync(mail.Lease, "release"));
        Mail again = await device.NextOfAsync<Mail>();
        Assert.Equal($"{sequence}-2", again.Lease);
        Assert.Equal(MqttReasonCode.UnspecifiedError, await device.SettleAsync(mail.Lease, "accept"));
        await device.AcknowledgeAsync(mail);
        await device.AcknowledgeAsync(again);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    public async Task Renew_holds_the_lease_and_a_lapsed_one_comes_again()
    {
        var time = new HandTime();
        await using var post = new Post(time: time, limits: new GatewayLimits { LeaseDurationMs = 10_000 });
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence sequence = await post.SendAsync("x", expiresAtMs: time.GetUtcNow().ToUnixTimeMilliseconds() + 600_000);
        Mail mail = await device.NextAsync<Mail>();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(8));
        Assert.Equal(MqttReasonCode.Success, await device.SettleAsync(mail.Lease, "renew"));
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(8));
        await post.Gateway.Maintenance.RunOnceAsync();
        await device.NothingAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(8));
        await post.Gateway.Maintenance.RunOnceAsync();
        Mail again = await device.NextAsync<Mail>();
        Assert.Equal($"{sequence}-2", again.Lease);

        // The late acknowledgement of the first hand-out changes nothing.
        await device.AcknowledgeAsync(mail);
        await device.NothingAsync();
        Assert.Equal(1, post.Gateway.Mailboxes.Totals.Messages);
        await device.AcknowledgeAsync(again);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    public async Task A_lease_of_another_device_cannot_be_settled()
    {
        await using var post = new Post();
        Device truck = await post.ConnectAsync(device: "truck");
        await truck.SubscribeAsync();
        Sequence sequence = await post.SendAsync("x", "truck");
        Mail mail = await truck.NextAsync<Mail>();
        Device lamp = await post.ConnectAsync(device: "lamp");
        Assert.Equal(MqttReasonCode.UnspecifiedError, await lamp.SettleAsync(mail.Lease, "accept"));
        await lamp.SubscribeAsync();
        Assert.Equal(MqttReasonCode.UnspecifiedError, await lamp.SettleAsync(mail.Lease, "accept"));
        await truck.AcknowledgeAsync(mail);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
        await lamp.NothingAsync();
    }

    [Theory]
    [Spec("MQTT5-3.8.4-7", "MQTT3-3.8.3-2", "MQTT3-3.8.4-5")]
    [InlineData("#", 0x87)]
    [InlineData("telemetry/#", 0x87)]
    [InlineData("devices/lamp/mailbox/#", 0x87)]
    [InlineData("+/commands/#", 0x87)]
    [InlineData("state/reported", 0x8F)]
    [InlineData("mailbox/commands/17", 0x8F)]
    [InlineData("mailbox/letters/#", 0x8F)]
    [InlineData("mailbox", 0x8F)]
    public async Task Other_filters_are_refused(string filter, byte code)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        SubAnswer answer = await device.SubscribeAsync(filter);
        Assert.Equal([(MqttReasonCode)code], answer.Codes);
        Assert.NotEmpty(answer.Reason);
        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        Assert.Equal([MqttReasonCode.UnspecifiedError], (await older.SubscribeAsync(filter)).Codes);
        Assert.Equal(0, post.Gateway.Mailboxes.Held);
    }

    [Fact]
    [Spec("MQTT5-4.8.2-3")]
    public async Task Shared_subscriptions_are_refused()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.DoAsync(engine => engine.Subscribe([new MqttSubscription("$share/g/mailbox/#")]));
        Assert.Equal(MqttReasonCode.SharedSubscriptionsNotSupported, (await device.NextOfAsync<Goodbye>()).Code);
        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        Assert.Equal([MqttReasonCode.UnspecifiedError], (await older.SubscribeAsync("$share/g/mailbox/#")).Codes);
    }

    [Fact]
    [Spec("MQTT5-3.8.4-5", "MQTT5-3.8.4-6", "MQTT5-3.8.4-7", "MQTT5-3.9.3-1", "MQTT5-3.9.3-2", "MQTT5-3.3.4-2", "MQTT5-3.3.4-3")]
    [Spec("MQTT5-3.3.4-4")]
    public async Task Several_filters_in_one_packet_are_answered_one_by_one()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.DoAsync(engine => engine.Subscribe(
            [new("mailbox/#", MqttQos.AtMostOnce), new("nothing", MqttQos.AtLeastOnce), new("mailbox/commands/+", MqttQos.ExactlyOnce)], 7));
        Assert.Equal(
            [MqttReasonCode.Success, MqttReasonCode.NotAuthorized, MqttReasonCode.GrantedQos2], (await device.NextAsync<SubAnswer>()).Codes);
        await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        Assert.Equal(MqttQos.ExactlyOnce, mail.Qos);
        Assert.Equal([7u, 7u], mail.SubscriptionIds);
    }

    [Fact]
    public async Task An_unselected_kind_waits_uncounted_until_it_is_selected()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync("mailbox/notifications/#");
        Sequence sequence = await post.SendAsync("x");
        await device.NothingAsync();
        await device.DoAsync(engine => engine.Subscribe([new MqttSubscription("mailbox/commands/#")]));
        await device.NextAsync<SubAnswer>();
        Mail mail = await device.NextAsync<Mail>();
        Assert.Equal(($"mailbox/commands/{sequence}", "1"), (mail.Topic, mail.Property("delivery-count")));
    }

    [Fact]
    [Spec("MQTT5-3.10.4-1", "MQTT5-3.10.4-2", "MQTT5-3.10.4-3", "MQTT5-3.10.4-4", "MQTT5-3.10.4-5", "MQTT3-3.10.4-2", "MQTT3-3.10.4-3")]
    public async Task Unsubscribing_finishes_what_was_begun_and_gives_the_mailbox_back()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence begun = await post.SendAsync("begun");
        Mail mail = await device.NextAsync<Mail>();
        Assert.Equal([MqttReasonCode.Success], (await device.UnsubscribeAsync()).Codes);
        Assert.Equal([MqttReasonCode.NoSubscriptionExisted], (await device.UnsubscribeAsync()).Codes);
        Sequence later = await post.SendAsync("later");
        await device.NothingAsync();
        Assert.Equal(1, post.Gateway.Mailboxes.Held);
        await device.AcknowledgeAsync(mail);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(begun)).Outcome);
        await device.NothingAsync();
        Assert.Equal(0, post.Gateway.Mailboxes.Held);
        await device.SubscribeAsync();
        Assert.Equal($"mailbox/commands/{later}", (await device.NextAsync<Mail>()).Topic);
    }

    [Fact]
    public async Task Another_client_of_the_device_takes_the_mailbox_over()
    {
        await using var post = new Post();
        Sequence sequence = await post.SendAsync("x");
        Device older = await post.ConnectAsync(clientId: "a");
        await older.SubscribeAsync();
        await older.NextAsync<Mail>();
        Device oldest = await post.ConnectAsync(MqttVersion.V311, clientId: "c");
        Device newer = await post.ConnectAsync(clientId: "b");
        await newer.SubscribeAsync();
        Goodbye goodbye = await older.NextAsync<Goodbye>();
        Assert.Equal(MqttReasonCode.SessionTakenOver, goodbye.Code);
        Assert.NotEmpty(goodbye.Reason);
        Mail mail = await newer.NextAsync<Mail>();
        Assert.Equal($"mailbox/commands/{sequence}", mail.Topic);
        await oldest.SubscribeAsync();
        Assert.Equal(MqttReasonCode.SessionTakenOver, (await newer.NextAsync<Goodbye>()).Code);
        await oldest.NextAsync<Mail>();
    }

    [Fact]
    [Spec("MQTT5-3.3.2-5")]
    public async Task Expired_mail_is_not_delivered()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        Sequence sequence = await post.SendAsync("x", expiresAtMs: time.GetUtcNow().ToUnixTimeMilliseconds() + 5_000);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(6));
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        await device.NothingAsync();
        Assert.Equal(Outcome.Expired, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    public async Task A_device_that_reads_nothing_stops_the_flow()
    {
        await using var post = new Post(new MqttHeadOptions { MaxInFlight = 1_000 }, mailboxes: new MailboxLimits { MaxBytes = 256 * 1024 * 1024 });
        string body = new('x', 200_000);
        for (int i = 0; i < 100; i++)
            await post.SendAsync(body);
        Device device = await post.ConnectAsync(settings: new MqttConnectionSettings { MaximumPacketSize = 1_000_000, ReceiveMaximum = 1_000 });
        await device.SetDeafAsync(true);
        await device.DoAsync(engine => engine.Subscribe([new MqttSubscription("mailbox/#")]));
        Device other = await post.ConnectAsync(device: "lamp");
        await other.NothingAsync();
        Assert.InRange(post.Gateway.Mailboxes.Totals.Leased, 0, 99);
        await device.SetDeafAsync(false);
        await device.NextAsync<SubAnswer>();
        for (int i = 0; i < 100; i++)
            Assert.Equal(200_000, (await device.NextAsync<Mail>()).Payload.Length);
    }
}
