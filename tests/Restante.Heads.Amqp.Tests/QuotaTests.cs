using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Who is beyond its quota gets no credit for a while: nothing is refused, and nothing is lost.</summary>
public sealed class QuotaTests
{
    private static readonly GatewayLimits s_limits = new()
    {
        MaxMessagesPerSecondPerDevice = 4,
        MaxMessagesPerSecondPerPolicy = 4,
        QuotaBurstMs = 1_000,
        MaxAuthenticationFailuresPerMinute = 0,
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flood_is_held_to_the_rate_and_a_neighbour_goes_on(bool fromDevice)
    {
        await using var house = new House(new AmqpHeadOptions { LinkCredit = 4 }, new HandTime(), s_limits);
        await house.DeviceAsync("turbine");
        Peer flooder = fromDevice ? await house.ConnectAsync() : await house.ServiceAsync(Rights.Send);
        Line flood = await flooder.SenderAsync(fromDevice ? "telemetry" : "devices/turbine");
        Peer neighbour = await house.ConnectAsync("turbine");
        Line telemetry = await neighbour.SenderAsync("telemetry");

        // Four, and what had the credit for.
        Assert.Equal(6, await SendAllAsync(flood));
        Assert.Equal(6, await SendAllAsync(telemetry));
        await house.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Same(Accepted.Instance, await flood.SendAsync("x"));
    }

    [Fact]
    public async Task Mail_is_settled_and_leases_go_on_however_much_was_sent()
    {
        await using var house = new House(new AmqpHeadOptions { LinkCredit = 4 }, new HandTime(), s_limits);
        Peer truck = await house.ConnectAsync();
        await SendAllAsync(await truck.SenderAsync("telemetry"));
        Line settle = await truck.SenderAsync("mailbox/settle");
        Assert.Equal(4u, await settle.ReadCreditAsync());
        Assert.Equal(0u, await (await truck.SenderAsync("reports")).ReadCreditAsync());
    }

    [Fact]
    public async Task Many_links_share_the_credit_of_ten_and_a_link_that_ends_leaves_its_part()
    {
        await using var house = new House(new AmqpHeadOptions { LinkCredit = 8 }, new HandTime(), s_limits);
        Peer truck = await house.ConnectAsync();
        var credits = new List<uint>();
        var lines = new List<Line>();
        for (int i = 1; i <= 50; i++)
        {
            lines.Add(await truck.SenderAsync($"telemetry/c{i}"));
            await truck.FenceAsync();
            credits.Add(await lines[^1].ReadCreditAsync());
        }

        Assert.Equal(Enumerable.Range(1, 50).Select(i => (uint)(i <= 10 ? 8 : 80 / i)), credits);
        Line settle = await truck.SenderAsync("mailbox/settle");
        await truck.FenceAsync();
        Assert.Equal(8u, await settle.ReadCreditAsync());
        foreach (Line line in lines[1..])
        {
            await line.DetachAsync();
            await line.NextAsync<Detached>();
        }

        Line last = await truck.SenderAsync("telemetry");
        await truck.FenceAsync();
        Assert.Equal(8u, await last.ReadCreditAsync());
    }

    private static async Task<int> SendAllAsync(Line line)
    {
        int sent = 0;
        for (; await line.ReadCreditAsync() > 0; sent++)
        {
            Assert.Same(Accepted.Instance, await line.SendAsync("x"));
            await line.Peer.FenceAsync();
        }

        return sent;
    }
}
