using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Amqp.Tests.Peers;
using Restante.Storage.Conformance;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Tokens on <c>$cbs</c>.</summary>
public sealed class TokenTests
{
    private const string Usual = "servicebus.windows.net:sastoken";
    private const string Unauthorized = "amqp:unauthorized-access";

    [Theory]
    [InlineData("ANONYMOUS")]
    [InlineData("MSSBCBS")]
    public async Task Who_began_as_nobody_can_do_nothing_before_a_token_and_has_its_time_for_it(string mechanism)
    {
        var time = new HandTime();
        await using var house = new House(new AmqpHeadOptions { CbsTimeoutMs = 5_000 }, time);
        DeviceRecord truck = await house.DeviceAsync();
        Peer nobody = await AnonymousAsync(house, mechanism);
        foreach (string address in new[] { "telemetry", "mailbox", "reports", "$management", "devices/truck", "outcomes" })
        {
            Assert.Equal(Unauthorized, (await nobody.RefusedAsync(address, sends: true)).Condition);
            Assert.Equal(Unauthorized, (await nobody.RefusedAsync(address, sends: false)).Condition);
        }

        Line dynamic = await nobody.StartAttachAsync(null, sends: false, replyTo: "");
        Assert.Equal(Unauthorized, (await dynamic.NextAsync<Detached>()).Condition);
        Assert.False(house.Gateway.Connections.IsConnected(truck.Number));
        await house.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(Unauthorized, (await nobody.Closed).Condition);
    }

    [Theory]
    [InlineData("ANONYMOUS")]
    [InlineData("MSSBCBS")]
    public async Task A_token_says_who_the_peer_is_and_a_wrong_one_changes_nothing(string mechanism)
    {
        await using var house = new House();
        DeviceRecord truck = await house.DeviceAsync();
        DeviceRecord other = await house.DeviceAsync("other");
        Peer device = await AnonymousAsync(house, mechanism);
        (Line put, Line answers) = await TokensAsync(device);
        string good = Token(house, "truck", truck.PrimaryKey, 60);
        Assert.Equal(401, await PutAsync(put, answers, Token(house, "truck", other.PrimaryKey, 60)));
        Assert.Equal(401, await PutAsync(put, answers, Token(house, "nobody", truck.PrimaryKey, 60)));
        Assert.Equal(401, await PutAsync(put, answers, Token(house, "truck", truck.PrimaryKey, -1)));
        Assert.Equal(401, await PutAsync(put, answers, good, name: "gateway.example/devices/other"));
        Assert.Equal(401, await PutAsync(put, answers, truck.PrimaryKey.Reveal()));
        Assert.Equal(400, await PutAsync(put, answers, good, type: "jwt"));
        Assert.Equal(400, await PutAsync(put, answers, good, operation: "delete-token"));
        Assert.Equal(Unauthorized, (await device.RefusedAsync("telemetry", sends: true)).Condition);
        Assert.Equal(200, await PutAsync(put, answers, good));
        Assert.True(house.Gateway.Connections.IsConnected(truck.Number));
        Assert.Same(Accepted.Instance, await (await device.SenderAsync("telemetry")).SendAsync("hello"));
        Assert.Equal(401, await PutAsync(put, answers, Token(house, "other", other.PrimaryKey, 60)));
        Assert.Same(Accepted.Instance, await (await device.SenderAsync("telemetry")).SendAsync("again"));
    }

    [Fact]
    public async Task A_newer_token_takes_the_place_of_an_older_one_and_of_its_key()
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        DeviceRecord truck = await house.DeviceAsync();
        Peer device = await house.OpenAsync("truck", Token(house, "truck", truck.PrimaryKey, 10));
        (Line put, Line answers) = await TokensAsync(device);
        Assert.Equal(200, await PutAsync(put, answers, Token(house, "truck", truck.SecondaryKey, 60), type: "restante:sastoken", name: null));
        await house.Gateway.Devices.RotateKeyAsync("truck", CredentialSlot.Primary);
        await house.AdvanceAsync(TimeSpan.FromSeconds(30));
        await device.FenceAsync();
        Assert.True(device.IsOpen);
        await house.Gateway.Devices.RotateKeyAsync("truck", CredentialSlot.Secondary);
        Assert.Equal(Unauthorized, (await device.Closed).Condition);
    }

    [Fact]
    public async Task A_services_token_opens_its_address_and_no_other()
    {
        await using var house = new House();
        SymmetricKey key = await house.PolicyAsync("backend", Rights.Send | Rights.RegistryRead);
        await house.DeviceAsync();
        await house.DeviceAsync("other");
        string token = SharedAccessSignature.Create("gateway.example/devices/truck", key, (house.NowMs / 1_000) + 60, "backend");
        Peer service = await house.OpenAsync("policy/backend", token);
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("devices/truck")).SendAsync("hello"));
        foreach (string address in new[] { "devices/other", "devices", "$management", "notifications", "groups/a" })
            Assert.Equal(Unauthorized, (await service.RefusedAsync(address, sends: true)).Condition);
        Assert.Equal(Unauthorized, (await service.RefusedAsync("outcomes", sends: false)).Condition);
        string group = SharedAccessSignature.Create("gateway.example/groups/a", key, (house.NowMs / 1_000) + 60, "backend");
        Peer notifier = await house.OpenAsync("policy/backend", group);
        Assert.Same(Accepted.Instance, await (await notifier.SenderAsync("groups/a")).SendAsync("hello"));
        (Line put, Line answers) = await TokensAsync(notifier);
        Assert.Equal(401, await PutAsync(put, answers, token, name: null));
        Assert.Equal(200, await PutAsync(put, answers, group, name: "gateway.example/groups/a"));
    }

    [Fact]
    public async Task A_message_with_a_token_has_sixteen_kilobytes_at_the_most()
    {
        await using var house = new House();
        await house.DeviceAsync();
        Peer nobody = await AnonymousAsync(house);
        Line put = await nobody.StartAttachAsync("$cbs", sends: true);
        Assert.Equal(16_384ul, (await put.NextAsync<Attached>()).Attach.MaxMessageSize);
        Line telemetry = await (await house.ConnectAsync()).StartAttachAsync("telemetry", sends: true);
        Assert.Equal(256ul * 1024, (await telemetry.NextAsync<Attached>()).Attach.MaxMessageSize);

        // Whatever the peer was told.
        await nobody.WriteAsync(Wire.Transfer(0, 0, settled: false, AmqpMessage.FromData(new byte[16_384]).Encode()));
        Assert.Equal("amqp:link:message-size-exceeded", (await put.NextAsync<Detached>()).Condition);
        Assert.True(nobody.IsOpen);
    }

    private static Task<Peer> AnonymousAsync(House house, string mechanism = "ANONYMOUS") =>
        house.OpenAsync("nobody", "none", settings => settings with { SaslClient = new SaslClientResponse(mechanism, default) });

    private static async Task<(Line Put, Line Answers)> TokensAsync(Peer peer) =>
        (await peer.SenderAsync("$cbs"), await peer.ReceiverAsync("$cbs", 100));

    private static string Token(House house, string device, SymmetricKey key, int seconds) =>
        SharedAccessSignature.Create($"gateway.example/devices/{device}", key, (house.NowMs / 1_000) + seconds);

    private static async Task<int> PutAsync(
        Line put, Line answers, string token, string type = Usual, string? name = "gateway.example%2Fdevices%2Ftruck", string operation = "put-token")
    {
        AmqpMessage request = AmqpMessage.FromValue(token);
        request.Properties = new MessageProperties { MessageId = "put", ReplyTo = "cbs" };
        request.ApplicationProperties = [];
        request.ApplicationProperties.Add("operation", operation);
        request.ApplicationProperties.Add("type", type);
        if (name is not null)
            request.ApplicationProperties.Add("name", name);
        Assert.Same(Accepted.Instance, await put.SendAsync(request));
        Mail answer = await answers.MailAsync();
        Assert.Equal("put", answer.Message.Properties!.CorrelationId);
        Assert.IsType<string>(answer.Property("status-description"));
        return (int)answer.Property("status-code")!;
    }
}
