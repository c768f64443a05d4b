using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Storage.Conformance.Memory;

namespace Restante.Heads.Mqtt.Tests;

public sealed class SessionTests
{
    [Theory]
    [Spec("MQTT5-3.1.2-4", "MQTT5-3.1.2-5", "MQTT5-3.1.2-6", "MQTT5-3.1.2-23", "MQTT5-3.1.4-4", "MQTT5-3.2.2-2", "MQTT5-3.2.2-3")]
    [Spec("MQTT3-3.1.2-4", "MQTT3-3.1.2-5", "MQTT3-3.1.2-6", "MQTT3-3.1.4-3", "MQTT3-3.2.2-1", "MQTT3-3.2.2-2", "MQTT3-3.2.2-3")]
    [Spec("MQTT3-4.1.0-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_kept_session_remembers_its_subscriptions(MqttVersion version)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version, clean: false, expiry: 1000);
        await device.SubscribeAsync();
        await device.LeaveAsync();
        Sequence sequence = await post.SendAsync("x");
        Device again = await post.OpenAsync(version, clean: false, expiry: 1000);
        Assert.True((await again.NextAsync<ConnAck>()).SessionPresent);
        Assert.StartsWith($"mailbox/commands/{sequence}", (await again.NextAsync<Mail>()).Topic, StringComparison.Ordinal);
        await again.LeaveAsync();

        Device clean = await post.OpenAsync(version, clean: true);
        Assert.False((await clean.NextAsync<ConnAck>()).SessionPresent);
        await clean.NothingAsync();
        await clean.SubscribeAsync();
        Assert.Equal("x", (await clean.NextAsync<Mail>()).Text);
        await clean.LeaveAsync();

        Device fresh = await post.OpenAsync(version, clean: false, expiry: 1000);
        Assert.False((await fresh.NextAsync<ConnAck>()).SessionPresent);
    }

    [Fact]
    public async Task A_resumed_session_that_unsubscribes_while_its_mailbox_is_fetched_does_not_keep_it()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 1000);
        await device.SubscribeAsync();
        await device.LeaveAsync();
        await post.QuietAsync();
        post.Door.Hold();
        Device again = await post.ConnectAsync(clean: false, expiry: 1000);
        await post.Door.Reached;
        await again.UnsubscribeAsync();
        post.Door.Open();
        await post.Door.Closed;
        Assert.Equal(0, post.Gateway.Mailboxes.Held);
        await again.SubscribeAsync();
        await post.SendAsync("x");
        Assert.Equal("x", (await again.NextAsync<Mail>()).Text);
    }

    [Fact]
    public async Task A_session_without_expiry_is_not_kept()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 0);
        await device.SubscribeAsync();
        await device.LeaveAsync();
        Device again = await post.OpenAsync(clean: false, expiry: 0);
        Assert.False((await again.NextAsync<ConnAck>()).SessionPresent);
    }

    [Fact]
    public async Task Disconnect_may_change_the_expiry()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 1000);
        await device.SubscribeAsync();
        await device.LeaveAsync(options: new MqttDisconnectOptions { SessionExpirySeconds = 0 });
        Device again = await post.OpenAsync(clean: false, expiry: 1000);
        Assert.False((await again.NextAsync<ConnAck>()).SessionPresent);
    }

    [Fact]
    [Spec("MQTT5-4.1.0-1", "MQTT5-4.1.0-2")]
    public async Task A_session_lapses_after_its_expiry_counted_from_the_end()
    {
        var time = new HandTime();
        await using var post = new Post(new MqttHeadOptions { MaxSessionExpirySeconds = 60 }, time);
        Device device = await post.ConnectAsync(clean: false, expiry: 1000, keepAlive: 0);
        await device.SubscribeAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(300));
        await device.LeaveAsync();
        await post.QuietAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(59));
        Device again = await post.OpenAsync(clean: false, expiry: 1000);
        Assert.True((await again.NextAsync<ConnAck>()).SessionPresent);
        await again.LeaveAsync();
        await post.QuietAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(61));
        Device late = await post.OpenAsync(clean: false, expiry: 1000);
        Assert.False((await late.NextAsync<ConnAck>()).SessionPresent);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-23")]
    public async Task A_session_survives_the_gateway()
    {
        var streams = new HeldStreams();
        var store = new MemoryGatewayStore(null, streams);
        await using (var first = new Post(store: store, streams: streams))
        {
            Device device = await first.ConnectAsync(clean: false, expiry: 1000);
            await device.SubscribeAsync(qos: MqttQos.ExactlyOnce);
        }

        store.Restart();
        await using var second = new Post(store: store, streams: streams);
        Device again = await second.OpenAsync(clean: false, expiry: 1000);
        Assert.True((await again.NextAsync<ConnAck>()).SessionPresent);
        await second.SendAsync("x");
        Assert.Equal(MqttQos.ExactlyOnce, (await again.NextAsync<Mail>()).Qos);
    }

    [Theory]
    [InlineData(MqttQos.AtLeastOnce, true)]
    [InlineData(MqttQos.ExactlyOnce, false)]
    public async Task After_a_kill_a_session_is_present_only_if_its_identifiers_cannot_matter(MqttQos qos, bool present)
    {
        var streams = new HeldStreams();
        var store = new MemoryGatewayStore(null, streams);
        await using var killed = new Post(store: store, streams: streams);
        Device device = await killed.ConnectAsync(clean: false, expiry: 1000);
        await device.SubscribeAsync(qos: qos);

        // The second gateway finds what the first has stored so far, which is all that a killed one leaves.
        await using var next = new Post(store: store, streams: streams);
        Device again = await next.OpenAsync(clean: false, expiry: 1000);
        Assert.Equal(present, (await again.NextAsync<ConnAck>()).SessionPresent);
    }

    [Theory]
    [Spec("MQTT5-4.4.0-1", "MQTT5-3.3.1-1", "MQTT5-4.6.0-1", "MQTT5-3.1.2-5", "MQTT3-4.4.0-1", "MQTT3-3.3.1-1", "MQTT3-4.6.0-1")]
    [InlineData(MqttVersion.V311, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V500, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V500, MqttQos.ExactlyOnce)]
    public async Task Unacknowledged_mail_comes_again_under_its_identifier(MqttVersion version, MqttQos qos)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version, clean: false, expiry: 1000);
        await device.SubscribeAsync(qos: qos);
        await post.SendAsync("one");
        await post.SendAsync("two");
        Mail one = await device.NextAsync<Mail>();
        Mail two = await device.NextAsync<Mail>();
        device.Break();
        await device.NextAsync<Gone>();
        await post.QuietAsync();
        await post.SendAsync("three");
        Device again = await post.ConnectAsync(version, clean: false, expiry: 1000);
        Mail oneAgain = await again.NextAsync<Mail>();
        Mail twoAgain = await again.NextAsync<Mail>();
        Mail three = await again.NextAsync<Mail>();
        Assert.Equal(("one", one.Id, true), (oneAgain.Text, oneAgain.Id, oneAgain.Duplicate));
        Assert.Equal(("two", two.Id, true), (twoAgain.Text, twoAgain.Id, twoAgain.Duplicate));
        Assert.Equal(("three", false), (three.Text, three.Duplicate));
        Assert.NotEqual(two.Id, three.Id);
        if (version == MqttVersion.V500)
            Assert.Equal("2", oneAgain.Property("delivery-count"));
    }

    // The device has said what it wants by a publish and by PUBREC, and the link broke between the two: to its session the identifier is that of
    // a message it has, and whatever came under it would be taken for a repetition and lost.
    [Theory]
    [InlineData(MqttVersion.V311, "truck")]
    [InlineData(MqttVersion.V500, "truck")]
    [InlineData(MqttVersion.V500, "child")]
    public async Task What_was_released_by_publish_comes_again_under_another_identifier(MqttVersion version, string to)
    {
        await using var post = new Post();
        if (to == "child")
            await post.GrantAsync("truck", to);
        string prefix = to == "child" ? "devices/child/" : "";
        Device device = await post.ConnectAsync(version, clean: false, expiry: 1000);
        await device.SubscribeAsync($"{prefix}mailbox/#", MqttQos.ExactlyOnce);
        Sequence sequence = await post.SendAsync("x", to);
        Mail mail = await device.NextAsync<Mail>();
        await device.PublishAsync($"{prefix}mailbox/settle/{sequence}-1/release", "");
        await device.NextOfAsync<Answer>();
        device.Break();
        await device.NextOfAsync<Gone>();
        await post.QuietAsync();

        var state = new MqttSessionState { UnreleasedIncoming = new[] { mail.Id.Value }, LastPacketId = 10 };
        Device again = await post.ConnectAsync(version, clean: false, expiry: 1000, state: state);
        Assert.Equal(mail.Id, (await again.NextAsync<Release>()).Id);
        Mail anew = await again.NextAsync<Mail>();
        Assert.Equal("x", anew.Text);
        Assert.NotEqual(mail.Id, anew.Id);
        Assert.Equal(1, post.Gateway.Mailboxes.Totals.Messages);
        await again.AcknowledgeAsync(anew);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    public async Task A_new_session_gets_unacknowledged_mail_as_new()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence sequence = await post.SendAsync("one");
        await device.NextAsync<Mail>();
        device.Break();
        Device again = await post.ConnectAsync();
        await again.SubscribeAsync();
        Mail mail = await again.NextAsync<Mail>();
        Assert.False(mail.Duplicate);
        await again.AcknowledgeAsync(mail);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    [Spec("MQTT5-4.4.0-1", "MQTT5-4.3.3-6", "MQTT3-4.3.3-1")]
    public async Task Pubrel_is_repeated_and_the_message_is_not()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 1000);
        await device.SubscribeAsync(qos: MqttQos.ExactlyOnce);
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();

        // The device vanishes after PUBREC: it never sees the PUBREL.
        MqttSessionState? state = null;
        await device.SetDeafAsync(true);
        await device.DoAsync(engine => engine.AcknowledgePublish(mail.Id));
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
        await device.DoAsync(engine => state = engine.ExportSession());
        device.Break();
        await post.QuietAsync();
        Device again = await post.ConnectAsync(clean: false, expiry: 1000, state: new MqttSessionState { UnreleasedIncoming = new[] { mail.Id.Value }, LastPacketId = state!.LastPacketId });
        Assert.Equal(mail.Id, (await again.NextAsync<Release>()).Id);
        await again.NothingAsync();
    }

    [Fact]
    public async Task A_store_that_cannot_keep_the_session_refuses_the_subscription()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 1000);
        post.Store.Unavailable = true;
        Assert.Equal([MqttReasonCode.ImplementationSpecificError], (await device.SubscribeAsync()).Codes);
        post.Store.Unavailable = false;
        Assert.Equal([MqttReasonCode.GrantedQos1], (await device.SubscribeAsync()).Codes);
        await post.SendAsync("x");
        await device.NextAsync<Mail>();
    }

    [Fact]
    [Spec("MQTT5-3.1.4-3", "MQTT5-3.1.2-5", "MQTT5-4.1.0-1")]
    public async Task A_takeover_hands_the_session_on()
    {
        await using var post = new Post();
        Device older = await post.ConnectAsync(clean: false, expiry: 1000);
        await older.SubscribeAsync();
        await post.SendAsync("x");
        Mail mail = await older.NextAsync<Mail>();
        Device newer = await post.OpenAsync(clean: false, expiry: 1000);
        Assert.True((await newer.NextAsync<ConnAck>()).SessionPresent);
        Mail again = await newer.NextAsync<Mail>();
        Assert.Equal((mail.Id, true), (again.Id, again.Duplicate));
    }

    [Fact]
    [Spec("MQTT5-4.3.3-6")]
    public async Task A_settle_that_the_store_owes_across_a_lost_link_is_not_delivered_again()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 1000);
        await device.SubscribeAsync(qos: MqttQos.ExactlyOnce);
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        post.Store.FailNext();
        await device.AcknowledgeAsync(mail);
        await device.NothingAsync();
        device.Break();
        await post.QuietAsync();
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
        var state = new MqttSessionState { UnreleasedIncoming = new[] { mail.Id.Value } };
        Device again = await post.ConnectAsync(clean: false, expiry: 1000, state: state);
        Assert.Equal(mail.Id, (await again.NextAsync<Release>()).Id);
        await again.NothingAsync();
    }

    [Fact]
    public async Task Mail_that_ended_meanwhile_frees_its_identifier()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 1000);
        await device.SubscribeAsync();
        await post.SendAsync("one");
        await post.SendAsync("two");
        Mail one = await device.NextAsync<Mail>();
        Mail two = await device.NextAsync<Mail>();
        device.Break();
        await post.QuietAsync();
        Device other = await post.ConnectAsync(clientId: "other");
        await other.SubscribeAsync();
        await other.AcknowledgeAsync(await other.NextAsync<Mail>());
        await other.NextAsync<Mail>();
        await other.LeaveAsync();
        await post.QuietAsync();
        Device again = await post.ConnectAsync(clean: false, expiry: 1000);
        Mail back = await again.NextAsync<Mail>();
        Assert.Equal(("two", two.Id, true), (back.Text, back.Id, back.Duplicate));
        Assert.NotEqual(one.Id, back.Id);
        await again.NothingAsync();
    }

    [Fact]
    public async Task The_session_of_a_connection_that_goes_on_does_not_lapse()
    {
        var time = new HandTime();
        await using var post = new Post(new MqttHeadOptions { MaxSessionExpirySeconds = 100 }, time);
        Device device = await post.ConnectAsync(clean: false, expiry: 1_000);
        await device.SubscribeAsync();
        DeviceRecord truck = await post.DeviceAsync("truck");
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.NotNull(await post.Store.Registry.LoadClientSessionAsync(truck.Number, "c1", now + 1_000_000_000));
    }
}
