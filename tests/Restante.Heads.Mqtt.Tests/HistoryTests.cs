using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>What the history learns from this head.</summary>
public sealed class HistoryTests
{
    [Fact]
    public async Task Refusals_connections_and_hand_outs_name_the_connection_and_where_it_came_from()
    {
        await using var post = new Post();
        Sequence sent = await post.SendAsync("m");
        Device stranger = await post.OpenAsync(password: SymmetricKey.Generate().Reveal());
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await stranger.NextAsync<ConnAck>()).Code);
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Mail mail = await device.NextAsync<Mail>();
        device.Break();
        List<HistoryEntry> history = await UntilAsync(post, HistoryEvent.Disconnected);
        HistoryEntry connected = history.Single(e => e.Event == HistoryEvent.Connected);
        Assert.Equal(("mqtt", "127.0.0.1", "primary key"), (connected.Connection.Protocol, connected.Connection.Peer, connected.Detail));
        HistoryEntry handedOut = history.Single(e => e.Event == HistoryEvent.HandedOut);
        Assert.Equal((sent, 1, connected.Connection), (handedOut.Sequence, handedOut.Count, handedOut.Connection));
        HistoryEntry ended = history.Single(e => e.Event == HistoryEvent.Disconnected);
        Assert.Equal(connected.Connection, ended.Connection);
        Assert.NotEmpty(ended.Detail!);
        HistoryEntry refused = history.Single(e => e.Event == HistoryEvent.Refused);
        Assert.Equal(("Wrong credentials.", "mqtt", "127.0.0.1"), (refused.Detail, refused.Connection.Protocol, refused.Connection.Peer));
        Assert.NotEqual(connected.Connection, refused.Connection);
        Assert.Equal($"mailbox/commands/{sent}", mail.Topic);
    }

    private static async Task<List<HistoryEntry>> UntilAsync(Post post, HistoryEvent last)
    {
        while (true)
        {
            Task news = post.Gateway.Events.Added.NextPulse();
            List<HistoryEntry> history = [.. (await post.Gateway.History.ReadAsync("truck", null, 100)).Value!.Select(r => r.Entry)];
            if (history.Exists(e => e.Event == last))
                return history;
            await news.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
