using Restante.Core.Mailboxes;
using Restante.Core.Streams;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>Rules of the specifications that no other test is about.</summary>
public sealed class RuleTests
{
    [Theory]
    [Spec("MQTT5-3.8.4-3", "MQTT3-3.8.4-3", "MQTT5-3.8.4-4", "MQTT5-3.3.1-11", "MQTT5-3.3.1-12", "MQTT3-3.3.1-9")]
    [Spec("MQTT5-3.8.4-8", "MQTT3-3.8.4-6")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task The_same_filter_again_replaces_the_subscription_and_loses_nothing(MqttVersion version)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version);
        await device.SubscribeAsync(qos: MqttQos.AtLeastOnce);
        Sequence begun = await post.SendAsync("begun");
        Mail mail = await device.NextAsync<Mail>();
        Assert.Equal([MqttReasonCode.Success], (await device.SubscribeAsync(qos: MqttQos.AtMostOnce)).Codes);
        await device.AcknowledgeAsync(mail);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(begun)).Outcome);
        await post.SendAsync("next");
        Mail next = await device.NextAsync<Mail>();
        Assert.Equal(("next", MqttQos.AtMostOnce, false), (next.Text, next.Qos, next.Retain));
        await device.NothingAsync();
        await device.UnsubscribeAsync();
        await post.SendAsync("later");
        await device.NothingAsync();
    }

    [Fact]
    [Spec("MQTT5-3.3.2-6")]
    public async Task The_expiry_is_told_less_the_time_that_was_waited()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        await post.SendAsync("x", expiresAtMs: time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(20));
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Assert.Equal(40u, (await device.NextAsync<Mail>()).Expiry);
    }

    [Fact]
    [Spec("MQTT5-3.1.3-10", "MQTT5-3.1.2-7", "MQTT5-3.1.2-14")]
    public async Task The_properties_of_a_will_keep_their_order()
    {
        await using var post = new Post();
        MqttUserProperty[] properties = [new("b", "1"), new("a", "2"), new("b", "0")];
        var will = new MqttWill { Topic = "will", Payload = "gone"u8.ToArray(), UserProperties = properties };
        Device device = await post.ConnectAsync(will: will);
        device.Break();
        StreamRecord record = (await post.TelemetryAsync(1))[0];
        Assert.Equal([new("b", "1"), new("a", "2"), new("b", "0")], Post.ContentOf(record).Properties);
    }

    [Theory]
    [Spec("MQTT5-3.10.4-1", "MQTT3-3.10.4-1", "MQTT5-3.10.4-6", "MQTT3-3.10.4-6", "MQTT5-3.11.3-1", "MQTT5-3.10.4-5")]
    [Spec("MQTT3-3.10.4-5", "MQTT5-4.7.3-4", "MQTT3-4.7.3-4")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Unsubscribing_is_by_the_letter_and_answered_in_order(MqttVersion version)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version);
        await device.SubscribeAsync("mailbox/#");
        await device.DoAsync(engine => engine.Unsubscribe(["mailbox/+/#", "Mailbox/#", "mailbox/commands/#"]));
        SubAnswer answer = await device.NextAsync<SubAnswer>();
        if (version == MqttVersion.V500)
            Assert.Equal(Enumerable.Repeat(MqttReasonCode.NoSubscriptionExisted, 3), answer.Codes);
        await post.SendAsync("still");
        await device.AcknowledgeAsync(await device.NextAsync<Mail>());

        await device.DoAsync(engine => engine.Unsubscribe(["mailbox/answers/#", "mailbox/#"]));
        answer = await device.NextAsync<SubAnswer>();
        if (version == MqttVersion.V500)
            Assert.Equal([MqttReasonCode.NoSubscriptionExisted, MqttReasonCode.Success], answer.Codes);
        await post.SendAsync("no more");
        await device.NothingAsync();
    }

    [Fact]
    [Spec("MQTT3-3.8.4-4", "MQTT3-3.8.4-5", "MQTT3-3.9.3-1", "MQTT3-3.9.3-2", "MQTT3-3.8.3-2", "MQTT3-3.3.5-1")]
    public async Task Several_filters_of_311_are_answered_in_order()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(MqttVersion.V311);
        await device.DoAsync(engine => engine.Subscribe(
            [new("mailbox/#", MqttQos.AtMostOnce), new("nothing/+", MqttQos.AtLeastOnce), new("mailbox/commands/#", MqttQos.ExactlyOnce)]));
        Assert.Equal(
            [MqttReasonCode.Success, MqttReasonCode.UnspecifiedError, MqttReasonCode.GrantedQos2],
            (await device.NextAsync<SubAnswer>()).Codes);
        await post.SendAsync("x");
        Assert.Equal(MqttQos.ExactlyOnce, (await device.NextAsync<Mail>()).Qos);
    }

    [Theory]
    [Spec("MQTT5-4.7.2-1", "MQTT3-4.7.2-1", "MQTT5-3.3.2-3", "MQTT3-3.3.2-3")]
    [InlineData("#")]
    [InlineData("+/#")]
    [InlineData("+/+/+")]
    public async Task Filters_that_begin_with_a_wildcard_match_nothing(string filter)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        Assert.Equal([MqttReasonCode.NotAuthorized], (await device.SubscribeAsync(filter)).Codes);
        await post.SendAsync("x");
        await device.NothingAsync();
        await device.SubscribeAsync("mailbox/commands/#");
        Assert.StartsWith("mailbox/commands/", (await device.NextAsync<Mail>()).Topic, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("MQTT3-3.1.3-6")]
    public async Task Clients_of_311_without_an_identifier_never_meet()
    {
        await using var post = new Post();
        Device one = await post.ConnectAsync(MqttVersion.V311, clientId: "");
        Device other = await post.ConnectAsync(MqttVersion.V311, clientId: "");
        await one.NothingAsync();
        await other.NothingAsync();
        Assert.Equal(2, post.Head.Connections);
    }

    [Theory]
    [Spec("MQTT5-4.1.0-1", "MQTT3-4.1.0-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_session_lasts_as_long_as_its_connection(MqttVersion version)
    {
        var time = new HandTime();
        await using var post = new Post(new MqttHeadOptions { MaxSessionExpirySeconds = 30 }, time);
        Device device = await post.ConnectAsync(version, clean: false, expiry: 30);
        await device.SubscribeAsync();
        for (int i = 0; i < 3; i++)
        {
            await post.AdvanceAsync(time, TimeSpan.FromSeconds(40));
            await device.NothingAsync();
        }

        await post.SendAsync("x");
        Assert.Equal("x", (await device.NextAsync<Mail>()).Text);
        device.Break();
        await post.QuietAsync();
        Device again = await post.OpenAsync(version, clean: false, expiry: 30);
        Assert.True((await again.NextAsync<ConnAck>()).SessionPresent);
    }
}
