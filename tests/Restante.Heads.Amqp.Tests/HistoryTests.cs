using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>What the history learns from this head.</summary>
public sealed class HistoryTests
{
    [Fact]
    public async Task Refusals_connections_and_hand_outs_name_the_connection_and_where_it_came_from()
    {
        await using var house = new House();
        Sequence sent = await house.SendAsync("m");
        await house.RefusedAsync("truck", SymmetricKey.Generate().Reveal());
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 1);
        Mail mail = await mailbox.MailAsync();
        await device.CloseAsync();
        List<HistoryEntry> history = await UntilAsync(house, HistoryEvent.Disconnected);
        Assert.Equal(
            ["created", "refused", "connected", "handed-out", "detached", "disconnected"],
            history.Select(e => e.Event.Name()));
        Assert.All(history.Skip(1), e => Assert.Equal(("amqp", "127.0.0.1"), (e.Connection.Protocol, e.Connection.Peer)));
        long number = history[2].Connection.Number;
        Assert.True(number > history[1].Connection.Number);
        Assert.All(history.Skip(2), e => Assert.Equal(number, e.Connection.Number));
        Assert.Equal(("Wrong credentials.", "primary key"), (history[1].Detail, history[2].Detail));
        Assert.Equal((sent, 1), (history[3].Sequence, history[3].Count));
        Assert.Equal("The peer closed the connection.", history[5].Detail);
        Assert.NotNull(mail.Body);
    }

    // In the order of time; what happens at the end of a connection may come in any.
    private static async Task<List<HistoryEntry>> UntilAsync(House house, HistoryEvent last)
    {
        while (true)
        {
            Task news = house.Gateway.Events.Added.NextPulse();
            List<HistoryEntry> history = [.. (await house.Gateway.History.ReadAsync("truck", null, 100)).Value!.Select(r => r.Entry)];
            history.Reverse();
            if (history.Exists(e => e.Event == last))
                return [.. history.Where(e => e.Event != last), .. history.Where(e => e.Event == last)];
            await news.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
