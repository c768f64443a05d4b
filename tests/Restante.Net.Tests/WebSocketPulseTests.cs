using Peer = Restante.Net.Tests.WebSocketNet.Peer;

namespace Restante.Net.Tests;

/// <summary>Pings in WebSockets, and peers that do not answer them.</summary>
public sealed class WebSocketPulseTests
{
    [Fact]
    public async Task A_peer_that_does_not_answer_a_ping_is_cut_and_counted()
    {
        ManualTime time = new();
        await using WebSocketNet net = new(configure: Pings, time: time);
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync([1]);
        await peer.ReadAsync(1);
        ProbeSession session = await net.SessionAsync();
        await AdvanceAsync(time, session, 19_750); // Both sides have spoken within the first ten seconds.
        Assert.Equal(0, peer.Socket.Available);
        await AdvanceAsync(time, session, 500);
        await Wait.Until(() => peer.Socket.Available > 0, "the ping came");
        byte[] ping = new byte[10];
        Assert.Equal(2, await peer.Socket.ReceiveAsync(ping));
        Assert.Equal(new byte[] { 0x89, 0 }, ping[..2]);
        await AdvanceAsync(time, session, 4_500);
        Assert.False(session.Connection.IsEnded);
        time.Advance(750);
        Assert.Equal(ConnectionEndReason.PingTimeout, (await session.End).Reason);
        Assert.Equal(WebSocketEnd.Cut, await peer.Ended);
        Assert.Equal(1, net.Host.Metrics.Ended(ConnectionEndReason.PingTimeout));
    }

    [Fact]
    public async Task A_peer_that_answers_pings_stays()
    {
        ManualTime time = new();
        await using WebSocketNet net = new(configure: Pings, time: time);
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync([1]);
        await peer.ReadAsync(1);
        ProbeSession session = await net.SessionAsync();
        await AdvanceAsync(time, session, 10_250);
        byte[] ping = new byte[10];
        for (int round = 0; round < 4; round++)
        {
            await AdvanceAsync(time, session, 10_000);
            Assert.Equal(2, await peer.Socket.ReceiveAsync(ping).WaitAsync(Wait.Limit));
            int heard = net.Below!.Heard;
            await peer.Socket.SendAsync(new byte[] { 0x8A, 0x80, 0, 0, 0, 0 });
            await Wait.Until(() => net.Below.Heard != heard, "the pong was read");
        }

        Assert.False(session.Connection.IsEnded);
        Assert.Equal(0, peer.Socket.Available);
    }

    [Fact]
    public async Task A_peer_that_pings_and_reads_no_answer_is_cut_when_a_write_has_taken_too_long()
    {
        ManualTime time = new();
        await using WebSocketNet net = new(
            configure: options => options with
            {
                PingInterval = TimeSpan.FromMinutes(10),
                Limits = options.Limits with { WriteTimeout = TimeSpan.FromSeconds(4) },
            },
            time: time);
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync([1]);
        await peer.ReadAsync(1);
        ProbeSession session = await net.SessionAsync();
        byte[] ping = [0x89, 0xFD, 0, 0, 0, 0, .. new byte[125]];
        byte[] pings = [.. Enumerable.Range(0, 500).SelectMany(_ => ping)];
        Task sending = Task.Run(async () =>
        {
            while (true)
                await peer.Socket.SendAsync(pings);
        });
        while (!session.End.IsCompleted)
        {
            int heard = net.Below!.Heard;
            for (int i = 0; i < 200; i++)
                await Task.Yield();
            if (net.Below.Heard == heard) // Nothing is read any more, as an answer waits to be taken.
                time.Advance(250);
        }

        Assert.Equal(ConnectionEndReason.WriteTimeout, (await session.End).Reason);
        Assert.Equal(WebSocketEnd.Cut, await peer.Ended);
        await Assert.ThrowsAnyAsync<Exception>(() => sending.WaitAsync(Wait.Limit));
    }

    [Fact]
    public async Task While_a_connection_is_paused_nobody_is_found_gone()
    {
        bool open = false;
        ManualTime time = new();
        await using WebSocketNet net = new(
            connection => new ProbeSession(connection) { Wants = session => Volatile.Read(ref open) || session.Received == 0 }, Pings, time);
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync([1]);
        await peer.ReadAsync(1);
        ProbeSession session = await net.SessionAsync();
        await AdvanceAsync(time, session, 60_000);
        Assert.False(session.Connection.IsEnded);
        Volatile.Write(ref open, true);
        await AdvanceAsync(time, session, 250);
        await peer.SendAsync([2]);
        await Wait.Until(() => session.Received == 2, "it goes on");
    }

    private static WebSocketListenerOptions Pings(WebSocketListenerOptions options) =>
        options with { PingInterval = TimeSpan.FromSeconds(10), PingTimeout = TimeSpan.FromSeconds(5) };

    /// <summary>Lets time pass step by step, each seen by the connection: what is posted runs before the deadlines of its turn.</summary>
    private static async Task AdvanceAsync(ManualTime time, ProbeSession session, int ms)
    {
        for (; ms > 0; ms -= 250)
        {
            time.Advance(250);
            await TurnAsync(session);
            await TurnAsync(session);
        }
    }

    private static async Task TurnAsync(ProbeSession session)
    {
        TaskCompletionSource turned = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(session.Connection.Post(turned, static (_, done) => done.SetResult()));
        await turned.Task.WaitAsync(Wait.Limit);
    }
}
