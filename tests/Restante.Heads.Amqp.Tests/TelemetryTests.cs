using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Streams;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>A device sends; what is true of telemetry here is true of every link on which the gateway receives.</summary>
public sealed class TelemetryTests
{
    [Fact]
    [Spec("AMQP-3.2.1-a")]
    public async Task Telemetry_is_accepted_once_it_is_stored_and_carries_the_true_device()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry/room");
        AmqpMessage message = AmqpMessage.FromData("21 C"u8.ToArray());
        message.MessageAnnotations = new() { [new Restante.Amqp.Types.Symbol("x-opt-restante-device")] = "another" };
        message.Properties = new MessageProperties { UserId = "another"u8.ToArray() };
        Hooks.Gate append = house.Hooks.Hold("append");
        Task<DeliveryState?> sending = telemetry.SendAsync(message);
        await append.Reached;
        await device.FenceAsync();
        Assert.False(sending.IsCompleted);
        append.Open();
        Assert.Same(Accepted.Instance, await sending);
        StreamRecord record = Assert.Single(await house.TelemetryAsync());
        Assert.Equal(("truck", "room"), (record.Source, record.Channel));
        Assert.Equal("21 C", Encoding.UTF8.GetString(ContentReader.BodyOf(record.Content.Span)));
    }

    [Theory]
    [InlineData(SenderSettleMode.Settled)]
    [InlineData(SenderSettleMode.Mixed)]
    public async Task Settled_messages_are_stored_without_an_answer(SenderSettleMode mode)
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry", mode);
        for (int i = 0; i < 3; i++)
            Assert.Null(await telemetry.SendAsync(AmqpMessage.FromData("x"u8.ToArray()).Encode(), settled: true));
        await device.FenceAsync();
        Assert.Equal(3, (await house.TelemetryAsync()).Count);
    }

    [Theory]
    [InlineData(true, SenderSettleMode.Settled)]
    [InlineData(false, SenderSettleMode.Unsettled)]
    public async Task Credit_bounds_what_is_under_way_while_the_store_is_slow(bool settled, SenderSettleMode mode)
    {
        await using var house = new House(new AmqpHeadOptions { LinkCredit = 8 });
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry", mode);
        Hooks.Gate append = house.Hooks.Hold("append");
        byte[] message = AmqpMessage.FromData("x"u8.ToArray()).Encode();
        await device.FenceAsync();
        int sent = 0;
        while ((await telemetry.StartAsync(message, settled)).Sent.IsSent)
            sent++;
        await device.FenceAsync();
        Assert.Equal(8, sent);
        Assert.Equal(8, append.Waiting);
        Assert.Equal(0u, await telemetry.ReadCreditAsync());
        append.Open();
        for (int i = sent; i < 100; i++)
            await telemetry.SendAsync(message, settled);
        await device.FenceAsync();
        Assert.Equal(100, (await house.TelemetryAsync()).Count);
    }

    [Fact]
    public async Task Mode_second_gives_credit_back_when_the_sender_has_settled()
    {
        await using var house = new House(new AmqpHeadOptions { LinkCredit = 4 });
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry", rcv: ReceiverSettleMode.Second);
        for (int i = 0; i < 20; i++)
            Assert.Same(Accepted.Instance, await telemetry.SendAsync($"{i}"));
        Assert.Equal(20, (await house.TelemetryAsync()).Count);
    }

    [Fact]
    public async Task Large_messages_under_way_stop_the_reading_of_more()
    {
        await using var house = new House(new AmqpHeadOptions { MaxBytesInFlight = 65_536 });
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        await device.FenceAsync();
        Hooks.Gate append = house.Hooks.Hold("append");
        byte[] message = AmqpMessage.FromData(new byte[20_000]).Encode();
        var answers = new List<Line.Answer>();
        for (int i = 0; i < 40; i++)
            answers.Add((await telemetry.StartAsync(message)).Answer);
        await House.UntilAsync(() => append.Waiting >= 4);
        for (int i = 0; i < 50; i++)
            await house.TurnsAsync();
        Assert.InRange(append.Waiting, 4, 10);
        append.Open();
        foreach (Line.Answer answer in answers)
            Assert.Same(Accepted.Instance, await answer.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Many_requests_under_way_stop_the_reading_of_more()
    {
        await using var house = new House(new AmqpHeadOptions { MaxRequestsInFlight = 16 });
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        await device.FenceAsync();
        Hooks.Gate append = house.Hooks.Hold("append");
        byte[] message = AmqpMessage.FromData(new byte[2_000]).Encode();
        var answers = new List<Line.Answer>();
        for (int i = 0; i < 200; i++)
            answers.Add((await telemetry.StartAsync(message)).Answer);
        await House.UntilAsync(() => append.Waiting >= 16);
        for (int i = 0; i < 50; i++)
            await house.TurnsAsync();
        Assert.InRange(append.Waiting, 16, 100);
        append.Open();
        foreach (Line.Answer answer in answers)
            Assert.Same(Accepted.Instance, await answer.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_transfer_without_credit_costs_the_link()
    {
        await using var house = new House(new AmqpHeadOptions { LinkCredit = 1 });
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        await device.FenceAsync();
        Hooks.Gate append = house.Hooks.Hold("append");
        byte[] message = AmqpMessage.FromData("x"u8.ToArray()).Encode();
        await device.WriteAsync([.. Wire.Transfer(0, 0, false, message), .. Wire.Transfer(0, 1, false, message)]);
        Detached detached = await telemetry.NextAsync<Detached>();
        Assert.Equal("amqp:link:transfer-limit-exceeded", detached.Condition);
        append.Open();
        await device.FenceAsync();
        Line again = await (await house.ConnectAsync()).SenderAsync("telemetry");
        Assert.Same(Accepted.Instance, await again.SendAsync("still here"));
    }

    [Theory]
    [InlineData("00537504")] // a body of the wrong type
    [InlineData("005375a003")] // cut short
    [InlineData("005374c10401a1016bff")] // an odd map
    [InlineData("005377c0020105")] // a list with an item that has no constructor
    [InlineData("005377730000d800")] // a char that is half a surrogate pair
    [InlineData("005374c1050271ffffffff40005375a000")] // a property named by a number
    [InlineData("005374c10802a1016b730000d800005375a000")] // a property that is no character
    [InlineData("005374c10702a1016bc1010040005375a000")] // a property that is a map
    [InlineData("ff")]
    public async Task A_malformed_message_costs_that_message_only(string hex)
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        var rejected = Assert.IsType<Rejected>(await telemetry.SendAsync(Convert.FromHexString(hex)));
        Assert.Equal("amqp:decode-error", rejected.Error!.Condition.Value);
        Assert.Null(await telemetry.SendAsync(Convert.FromHexString(hex), settled: true));
        Assert.Same(Accepted.Instance, await telemetry.SendAsync("still here"));
        Assert.Single(await house.TelemetryAsync());
    }

    [Fact]
    public async Task Large_messages_cross_in_many_frames()
    {
        await using var house = new House(new AmqpHeadOptions { MaxFrameBytes = 4096 });
        Peer device = await house.ConnectAsync();
        byte[] body = new byte[250_000];
        new Random(7).NextBytes(body);
        Line telemetry = await device.SenderAsync("telemetry");
        Assert.Same(Accepted.Instance, await telemetry.SendAsync(AmqpMessage.FromData(body)));

        Peer service = await house.ServiceAsync(with: settings => settings with { MaxFrameSize = 512 });
        Line reader = await service.ReceiverAsync("telemetry", 10);
        Mail read = await reader.MailAsync();
        Assert.True(read.Message.Data.Span.SequenceEqual(body));
    }

    [Fact]
    public async Task A_message_beyond_the_limit_costs_its_link()
    {
        await using var house = new House(limits: new GatewayLimits { MaxMessageBytes = 10_000 });
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.StartAttachAsync("telemetry", sends: true);
        Assert.Equal(10_000UL, (await telemetry.NextAsync<Attached>()).Attach.MaxMessageSize);
        (SendResult own, _) = await telemetry.StartAsync(new byte[10_001]);
        Assert.Equal(SendStatus.TooLarge, own.Status);
        await device.FenceAsync();
        await device.WriteAsync(Wire.Transfer(0, 0, false, AmqpMessage.FromData(new byte[10_001]).Encode()));
        Assert.Equal("amqp:link:message-size-exceeded", (await telemetry.NextAsync<Detached>()).Condition);
        Assert.Empty(await house.TelemetryAsync());
        await device.FenceAsync();
        Line again = await (await house.ConnectAsync()).SenderAsync("telemetry");
        Assert.Same(Accepted.Instance, await again.SendAsync("smaller"));
    }

    [Fact]
    public async Task While_the_store_takes_nothing_messages_are_released_and_later_accepted()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        house.Streams.Unavailable = true;
        Assert.Same(Released.Instance, await telemetry.SendAsync("once"));
        Assert.Same(Released.Instance, await telemetry.SendAsync("twice"));
        house.Streams.Unavailable = false;
        Assert.Same(Accepted.Instance, await telemetry.SendAsync("again"));
    }

    [Fact]
    public async Task A_link_that_ends_while_its_message_is_stored_harms_nothing()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        await device.FenceAsync();
        Hooks.Gate append = house.Hooks.Hold("append");
        await telemetry.StartAsync(AmqpMessage.FromData("x"u8.ToArray()).Encode());
        await append.Reached;
        await telemetry.DetachAsync();
        await telemetry.NextAsync<Detached>();
        append.Open();
        Line again = await device.SenderAsync("telemetry");
        Assert.Same(Accepted.Instance, await again.SendAsync("next"));
        Assert.Equal(2, (await house.TelemetryAsync()).Count);
    }
}
