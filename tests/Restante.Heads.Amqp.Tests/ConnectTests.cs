using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Streams;
using Restante.Core.Messages;
using Restante.Heads.Amqp.Tests.Peers;
using Restante.Storage.Conformance;

namespace Restante.Heads.Amqp.Tests;

/// <summary>How connections begin and how they end.</summary>
public sealed class ConnectTests
{
    [Fact]
    public async Task All_wrong_credentials_get_the_same_bytes()
    {
        await using var house = new House();
        DeviceRecord truck = await house.DeviceAsync();
        DeviceRecord off = await house.DeviceAsync("off");
        await house.Gateway.Devices.SetStatusAsync("off", DeviceStatus.Disabled);
        SymmetricKey policy = await house.PolicyAsync("backend", Rights.Send);
        string key = truck.PrimaryKey.Reveal();
        (string As, string User, string Password)[] attempts =
        [
            ("", "truck", "wrong"),
            ("", "truck", off.PrimaryKey.Reveal()),
            ("", "truck", ""),
            ("", "nobody", key),
            ("", "not a device id", key),
            ("", "off", off.PrimaryKey.Reveal()),
            ("", "policy/backend", key),
            ("", "policy/nobody", policy.Reveal()),
            ("", "truck", SharedAccessSignature.Create("gw/devices/truck", truck.PrimaryKey, 1_000_000_000)),
            ("", "truck", SharedAccessSignature.Create("gw/devices/other", truck.PrimaryKey, 4_000_000_000)),
            ("other", "truck", key),
        ];
        var answers = new HashSet<string>();
        foreach ((string authorization, string user, string password) in attempts)
        {
            byte[] answer = await Wire.ExchangeAsync(house.Port, [.. Wire.SaslHeader, .. Wire.Plain(authorization, user, password)]);
            answers.Add(Convert.ToHexString(answer));
        }

        Assert.EndsWith("5001", Assert.Single(answers), StringComparison.Ordinal); // outcome: auth
    }

    [Fact]
    public async Task The_users_own_name_may_be_its_authorization_identity()
    {
        await using var house = new House();
        DeviceRecord truck = await house.DeviceAsync();
        byte[] answer = await Wire.ExchangeAsync(
            house.Port, [.. Wire.SaslHeader, .. Wire.Plain("truck", "truck", truck.PrimaryKey.Reveal()), .. "HTTP/1.1"u8]);

        // The outcome is ok, and only then the wrong header is answered with the right one.
        Assert.Equal(Convert.ToHexString([0x50, 0x00, .. Wire.AmqpHeader]), Convert.ToHexString(answer[^10..]));
    }

    [Fact]
    public async Task A_registry_that_cannot_be_read_is_a_passing_trouble()
    {
        await using var house = new House();
        DeviceRecord truck = await house.DeviceAsync();
        house.Hooks.Refuse("find-device");
        byte[] answer = await Wire.ExchangeAsync(house.Port, [.. Wire.SaslHeader, .. Wire.Plain("", "truck", truck.PrimaryKey.Reveal())]);
        Assert.Equal(0x04, answer[^1]); // sys-temp
    }

    [Fact]
    [Spec("AMQP-2.2-c")]
    public async Task A_bare_header_is_answered_with_the_sasl_header()
    {
        await using var house = new House();
        byte[] answer = await Wire.ExchangeAsync(house.Port, Wire.AmqpHeader.ToArray());
        Assert.Equal(Wire.SaslHeader.ToArray(), answer);
    }

    [Fact]
    public async Task A_source_that_failed_too_often_is_put_off_without_a_look_at_its_credentials()
    {
        await using var house = new House(
            limits: new GatewayLimits { MaxAuthenticationFailuresPerMinute = 2, AuthenticationWaitMs = 60_000 });
        DeviceRecord truck = await house.DeviceAsync();
        Assert.NotNull((await house.RefusedAsync("truck", "wrong")).Condition);
        Assert.NotNull((await house.RefusedAsync("truck", "wrong")).Condition);
        byte[] answer = await Wire.ExchangeAsync(house.Port, [.. Wire.SaslHeader, .. Wire.Plain("", "truck", truck.PrimaryKey.Reveal())]);
        Assert.Equal(0x04, answer[^1]); // sys-temp
    }

    [Fact]
    public async Task A_token_ends_its_connection_when_it_ends()
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        DeviceRecord truck = await house.DeviceAsync();
        long ends = (house.NowMs / 1000) + 60;
        Peer device = await house.OpenAsync("truck", SharedAccessSignature.Create("gateway.example/devices/truck", truck.PrimaryKey, ends));
        await house.AdvanceAsync(TimeSpan.FromSeconds(59));
        await device.FenceAsync();
        await house.AdvanceAsync(TimeSpan.FromSeconds(2));
        Goodbye goodbye = await device.Closed;
        Assert.Equal(("amqp:unauthorized-access", true), (goodbye.Condition, goodbye.ByPeer));
        Assert.Contains("token", goodbye.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disabling_removing_and_new_keys_end_live_connections()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync("a");
        await house.Gateway.Devices.SetStatusAsync("a", DeviceStatus.Disabled);
        Assert.Equal("amqp:unauthorized-access", (await device.Closed).Condition);

        device = await house.ConnectAsync("b");
        await house.Gateway.Devices.RemoveAsync("b");
        Assert.Equal("amqp:unauthorized-access", (await device.Closed).Condition);

        device = await house.ConnectAsync("c");
        await house.Gateway.Devices.RotateKeyAsync("c", CredentialSlot.Primary);
        Assert.Equal("amqp:unauthorized-access", (await device.Closed).Condition);

        Peer service = await house.ServiceAsync(Rights.Send);
        await house.Gateway.Policies.RemoveAsync("may-4");
        Assert.Equal("amqp:unauthorized-access", (await service.Closed).Condition);
    }

    [Fact]
    public async Task A_device_that_was_disabled_while_it_connected_is_not_let_in()
    {
        await using var house = new House();
        DeviceRecord truck = await house.DeviceAsync();
        Hooks.Gate authenticating = house.Hooks.HoldResult("find-device");
        Peer device = await Peer.OpenAsync(house.Roads, house.Port, Peer.Settings("truck", truck.PrimaryKey.Reveal()));
        await authenticating.Reached;
        await house.Gateway.Devices.SetStatusAsync("truck", DeviceStatus.Disabled);
        authenticating.Open();
        Assert.Equal("amqp:unauthorized-access", (await device.Closed).Condition);
    }

    [Fact]
    public async Task A_store_that_gives_up_while_a_device_connects_is_no_wrong_credential()
    {
        await using var house = new House();
        DeviceRecord truck = await house.DeviceAsync();
        Hooks.Gate authenticating = house.Hooks.HoldResult("find-device");
        Peer device = await Peer.OpenAsync(house.Roads, house.Port, Peer.Settings("truck", truck.PrimaryKey.Reveal()));
        await authenticating.Reached;
        house.Hooks.Refuse("find-device");
        authenticating.Open();
        Goodbye goodbye = await device.Closed;
        Assert.Equal((RefusalMap.Error(Core.Refusals.Refusal.StoreUnavailable).Condition.Value, true), (goodbye.Condition, goodbye.ByPeer));
        Assert.NotEqual("amqp:unauthorized-access", goodbye.Condition);
    }

    [Fact]
    public async Task The_oldest_connection_of_a_device_makes_room()
    {
        await using var house = new House(limits: new GatewayLimits { MaxConnectionsPerDevice = 2 });
        Peer first = await house.ConnectAsync();
        Peer second = await house.ConnectAsync();
        Peer third = await house.ConnectAsync();
        Assert.Equal("amqp:resource-limit-exceeded", (await first.Closed).Condition);
        await second.FenceAsync();
        await third.FenceAsync();
    }

    [Fact]
    public async Task One_connection_of_a_policy_too_many_is_told_so_and_the_others_go_on()
    {
        await using var house = new House(limits: new GatewayLimits { MaxConnectionsPerPolicy = 1 });
        Peer first = await house.ServiceAsync(Rights.Send);
        Peer second = await house.ServiceAsync(Rights.Send);
        Goodbye goodbye = await second.Closed;
        Assert.Equal("amqp:resource-limit-exceeded", goodbye.Condition);
        Assert.Contains("has 1 connections, as many as it may", goodbye.Text, StringComparison.Ordinal);
        await first.FenceAsync();
    }

    [Fact]
    public async Task A_gateway_that_stops_says_so()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Task stopped = house.Host.ShutdownAsync("The gateway is maintained.", TimeSpan.FromSeconds(10));
        Goodbye goodbye = await device.Closed;
        Assert.Equal(("amqp:connection:forced", "The gateway is maintained.", true), (goodbye.Condition, goodbye.Text, goodbye.ByPeer));
        Assert.NotNull(await mailbox.NextAsync<Detached>());
        await stopped;
    }

    [Fact]
    public async Task What_ended_a_connection_is_told_in_the_events()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        await device.CloseAsync();
        await house.LeftAsync();
        StreamBatch events = await house.Streams.ReadAsync(StreamId.Events, 1, 100, int.MaxValue);
        StreamRecord last = events.Records[^1];
        string text = System.Text.Encoding.UTF8.GetString(ContentReader.BodyOf(last.Content.Span));
        Assert.Equal("disconnected", last.Channel);
        Assert.Contains("The peer closed the connection.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_ours_costs_the_connection_and_says_that_it_was_ours()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        house.Hooks.Break("append");
        await telemetry.StartAsync(Restante.Amqp.Messaging.AmqpMessage.FromData("x"u8.ToArray()).Encode());
        Assert.Equal("amqp:internal-error", (await device.Closed).Condition);
        house.Hooks.Allow("append");
        await house.ConnectAsync();
    }
}
