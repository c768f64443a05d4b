using System.Text;
using Restante.Core.Devices;
using Restante.Core.States;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>The state document over MQTT.</summary>
public sealed class StateTests
{
    [Fact]
    public async Task Desired_comes_on_subscribing_and_at_every_change_with_its_version()
    {
        await using var post = new Post();
        await PatchAsync(post, """{"rate":60}""");
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync("state/#", identifier: 7);
        Mail first = await device.NextAsync<Mail>();
        Assert.Equal(("state/desired", """{"rate":60}""", "1"), (first.Topic, first.Text, first.Property("version")));
        Assert.Equal(("application/json", MqttQos.AtLeastOnce), (first.ContentType, first.Qos));
        Assert.Equal([7u], first.SubscriptionIds);
        await device.AcknowledgeAsync(first);
        await PatchAsync(post, """{"rate":5}""");
        Mail second = await device.NextAsync<Mail>();
        Assert.Equal(("""{"rate":5}""", "2"), (second.Text, second.Property("version")));
    }

    [Fact]
    public async Task Of_many_changes_only_the_newest_follows_the_one_on_the_way()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync("state/desired");
        Mail first = await device.NextAsync<Mail>();
        for (int i = 1; i <= 5; i++)
            await PatchAsync(post, $$"""{"n":{{i}}}""");
        await device.NothingAsync();
        await device.AcknowledgeAsync(first);
        Mail newest = await device.NextAsync<Mail>();
        Assert.Equal("5", newest.Property("version"));
        await device.AcknowledgeAsync(newest);
        await device.NothingAsync();
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_request_is_answered_before_it_is_acknowledged(MqttVersion version)
    {
        await using var post = new Post();
        await PatchAsync(post, """{"rate":60}""");
        Device device = await post.ConnectAsync(version);
        await device.SubscribeAsync("state/document/#", MqttQos.AtMostOnce);
        await device.PublishAsync("state/reported", """{"rate":30}""");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        if (version == MqttVersion.V500)
            await device.PublishAsync("state/get", "", correlation: "r-1"u8.ToArray());
        else
            await device.PublishAsync("state/get/?cid=r-1", "");
        Mail answer = await device.NextAsync<Mail>();
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        Assert.Contains("\"desired\":{\"version\":1", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\"content\":{\"rate\":30}", answer.Text, StringComparison.Ordinal);
        if (version == MqttVersion.V500)
            Assert.Equal(("state/document", "r-1"), (answer.Topic, Encoding.UTF8.GetString(answer.Correlation)));
        else
            Assert.Equal("state/document/?version=1&ct=application%2Fjson&cid=r-1", answer.Topic);
    }

    [Fact]
    public async Task A_patch_of_reported_may_name_the_version_it_is_for()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.PublishAsync("state/reported", """{"a":1}""", properties: [new("if-version", "0")]);
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync("state/reported", """{"a":2}""", properties: [new("if-version", "0")]);
        Answer stale = await device.NextAsync<Answer>();
        Assert.Equal(MqttReasonCode.UnspecifiedError, stale.Code);
        Assert.Contains("version", stale.Reason, StringComparison.Ordinal);
        await device.PublishAsync("state/reported", "[1]");
        Assert.Equal(MqttReasonCode.TopicNameInvalid, (await device.NextAsync<Answer>()).Code);

        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        await older.PublishAsync("state/reported/?if-version=1", """{"a":null,"b":3}""");
        Assert.Equal(MqttReasonCode.Success, (await older.NextAsync<Answer>()).Code);
        Assert.Equal("""{"b":3}""", Encoding.UTF8.GetString((await DocumentAsync(post)).Reported.Json.Span));
    }

    [Fact]
    public async Task A_request_without_a_subscription_for_its_answer_is_refused()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.PublishAsync("state/get", "");
        Assert.Equal(MqttReasonCode.UnspecifiedError, (await device.NextAsync<Answer>()).Code);
    }

    [Fact]
    public async Task The_subscription_outlives_the_connection_and_takes_no_mail()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(clean: false, expiry: 100);
        SubAnswer granted = await device.SubscribeAsync("state/desired", MqttQos.ExactlyOnce);
        Assert.Equal([MqttReasonCode.GrantedQos1], granted.Codes);
        await device.AcknowledgeAsync(await device.NextAsync<Mail>());
        await device.LeaveAsync();
        await post.QuietAsync();
        await PatchAsync(post, """{"rate":60}""");
        await post.SendAsync("waits");
        Device again = await post.ConnectAsync(clean: false, expiry: 100);
        Assert.Equal("""{"rate":60}""", (await again.NextAsync<Mail>()).Text);
        await again.NothingAsync();
        await again.UnsubscribeAsync("state/desired");
        await PatchAsync(post, """{"rate":61}""");
        await again.NothingAsync();
    }

    [Fact]
    public async Task State_has_its_place_beside_mail_of_a_device_that_takes_one_at_a_time()
    {
        await using var post = new Post();
        for (int i = 0; i < 3; i++)
            await post.SendAsync($"m{i}");
        Device device = await post.ConnectAsync(settings: new MqttConnectionSettings { ReceiveMaximum = 1 });
        await device.SubscribeAsync();
        Mail mail = await device.NextAsync<Mail>();
        await device.DoAsync(engine => engine.Subscribe([new MqttSubscription("state/desired", MqttQos.AtLeastOnce)]));
        await device.NextAsync<SubAnswer>();
        await device.AcknowledgeAsync(mail);
        Mail state = await device.NextAsync<Mail>();
        Assert.Equal("state/desired", state.Topic);
        await device.AcknowledgeAsync(state);
        Assert.Equal("m1", (await device.NextAsync<Mail>()).Text);
    }

    private static async Task PatchAsync(Post post, string patch)
    {
        DeviceRecord truck = await post.DeviceAsync("truck");
        Assert.True((await post.Gateway.States.PatchDesiredAsync(truck, Encoding.UTF8.GetBytes(patch))).IsSuccess);
    }

    private static async Task<StateDocument> DocumentAsync(Post post) =>
        (await post.Gateway.States.GetAsync(await post.DeviceAsync("truck"))).Value!;
}
