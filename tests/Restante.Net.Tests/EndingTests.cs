using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Restante.Net.Tests;

public sealed class EndingTests
{
    [Fact]
    public async Task A_host_ends_though_peers_reset_what_it_connected_to()
    {
        using Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        peer.Listen();
        await using NetworkHost host = new();
        Task accepting = Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                using Socket accepted = await peer.AcceptAsync();
                accepted.LingerState = new LingerOption(true, 0);
            }
        });
        for (int i = 0; i < 500; i++)
        {
            try
            {
                await new ClientConnector(host).ConnectAsync(
                    "127.0.0.1", ((IPEndPoint)peer.LocalEndPoint!).Port, null,
                    static connection => new ProbeSession(connection) { OnReceive = ProbeSession.Swallow });
            }
            catch (SocketException)
            {
                // It was reset before it was made.
            }
        }

        await accepting.WaitAsync(Wait.Limit);
        await host.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_delivers_everything_that_was_written_and_then_the_end(bool tls)
    {
        byte[] last = TestNet.Pattern(900_000);
        await using TestNet net = new(tls, connection => new ProbeSession(connection)
        {
            OnReceive = (session, bytes) =>
            {
                session.Connection.Output.Write(last);
                session.Connection.CompleteAndClose("that was all");
                return bytes.Length;
            },
        });
        await using Stream stream = await net.StreamAsync();
        // More than is consumed: unread bytes must not turn the close into a reset that destroys what is under way.
        await stream.WriteAsync(new byte[200_000]);
        Assert.Equal(last, await TestNet.ReadAsync(stream, last.Length));
        // Under TLS this is the close_notify; a bare end of the connection would be an exception or look the same.
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit));
        await stream.DisposeAsync();
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(new ConnectionEnd(ConnectionEndReason.Completed, "that was all"), await session.End);
        Assert.Equal(1, session.Calls);
    }

    [Fact]
    public async Task A_peer_that_does_not_close_its_side_is_not_waited_for_longer_than_the_close_timeout()
    {
        ManualTime time = new();
        await using TestNet net = new(time: time);
        using Socket socket = await net.RawAsync();
        ProbeSession session = await net.SessionAsync();
        session.Connection.CompleteAndClose("bye");
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).WaitAsync(Wait.Limit));
        time.Advance(4500);
        Assert.False(session.Connection.IsEnded);
        await Wait.Until(() => AdvancesTo(time, 250, session), "the close was over");
        Assert.Equal(ConnectionEndReason.Completed, (await session.End).Reason);
    }

    private static bool AdvancesTo(ManualTime time, long ms, ProbeSession session)
    {
        time.Advance(ms);
        return session.Connection.IsEnded;
    }

    [Fact]
    public async Task A_close_that_cannot_be_flushed_says_so()
    {
        ManualTime time = new();
        await using TestNet net = new(time: time, configure: static options => options with { FirstBytesTimeout = TimeSpan.FromHours(1), Limits = new ConnectionLimits { MaxPendingOutputBytes = 64 << 20 } });
        using Socket socket = await net.RawAsync();
        ProbeSession session = await net.SessionAsync();
        session.Connection.Post(new byte[30_000_000], static (session, bytes) =>
        {
            ((ProbeSession)session).Connection.Output.Write(bytes);
            ((ProbeSession)session).Connection.CompleteAndClose();
        });
        await Wait.Until(() => session.Connection.BytesSent > 0, "something was sent");
        await Wait.Until(() => AdvancesTo(time, 250, session), "the close was given up");
        Assert.Equal(ConnectionEndReason.CloseTimeout, (await session.End).Reason);
    }

    [Fact]
    public async Task What_is_posted_while_closing_still_runs()
    {
        await using TestNet net = new();
        using Socket socket = await net.RawAsync();
        ProbeSession session = await net.SessionAsync();
        session.Connection.CompleteAndClose();
        TaskCompletionSource ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(session.Connection.Post(0, (_, _) => ran.SetResult()));
        await ran.Task.WaitAsync(Wait.Limit);
        socket.Close();
        Assert.Equal(ConnectionEndReason.Completed, (await session.End).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_peers_close_is_told(bool tls)
    {
        await using TestNet net = new(tls);
        Stream stream = await net.StreamAsync();
        await stream.WriteAsync("x"u8.ToArray());
        await TestNet.ReadAsync(stream, 1);
        await stream.DisposeAsync();
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(ConnectionEndReason.PeerClosed, (await session.End).Reason);
    }

    [Fact]
    public async Task The_peers_reset_is_told_apart()
    {
        await using TestNet net = new();
        Socket socket = await net.RawAsync();
        ProbeSession session = await net.SessionAsync();
        socket.Close(0);
        Assert.Equal(ConnectionEndReason.PeerReset, (await session.End).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Abort_ends_at_once_with_its_reason(bool tls)
    {
        await using TestNet net = new(tls);
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        session.Connection.Abort("revoked");
        session.Connection.Abort("too late");
        Assert.Equal(new ConnectionEnd(ConnectionEndReason.Aborted, "revoked"), await session.End);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit));
            throw new IOException("closed");
        });
    }

    [Fact]
    public async Task A_session_that_throws_ends_its_own_connection_only()
    {
        await using TestNet net = new(session: static connection => new ProbeSession(connection)
        {
            OnReceive = static (session, bytes) => bytes[0] == (byte)'!' ? throw new FormatException("own fault") : ProbeSession.Echo(session, bytes),
        });
        await using Stream good = await net.StreamAsync();
        ProbeSession goodSession = await net.SessionAsync();
        await using Stream bad = await net.StreamAsync();
        ProbeSession badSession = await net.SessionAsync(1);
        await bad.WriteAsync("!"u8.ToArray());
        ConnectionEnd end = await badSession.End;
        Assert.Equal((ConnectionEndReason.SessionFault, nameof(FormatException)), (end.Reason, end.ExceptionType));
        await good.WriteAsync("x"u8.ToArray());
        Assert.Equal("x"u8.ToArray(), await TestNet.ReadAsync(good, 1));
        Assert.False(goodSession.Connection.IsEnded);
    }

    [Fact]
    public async Task Ticks_come_at_their_time_and_again_when_asked_for()
    {
        ManualTime time = new();
        List<long> ticks = [];
        await using TestNet net = new(time: time, session: connection => new ProbeSession(connection)
        {
            DeadlineMs = connection.NowMs + 1000,
            OnTick = (session, nowMs) =>
            {
                lock (ticks)
                    ticks.Add(nowMs);
                session.DeadlineMs = nowMs + 60_000;
            },
        });
        await using Stream stream = await net.StreamAsync();
        await stream.WriteAsync("x"u8.ToArray());
        await TestNet.ReadAsync(stream, 1);
        await Wait.Until(() => net.Host.Heartbeat.Armed == 1, "the deadline was armed");
        time.Advance(1000);
        await Wait.Until(() => TickCount() == 1 && net.Host.Heartbeat.Armed == 1, "the first tick");
        time.Advance(59_750);
        Assert.Equal(1, TickCount());
        time.Advance(250);
        await Wait.Until(() => TickCount() == 2, "the second tick");
        Assert.Equal([1000L, 61_000L], ticks);

        int TickCount()
        {
            lock (ticks)
                return ticks.Count;
        }
    }

    [Fact]
    public async Task A_connection_that_says_nothing_is_ended_and_one_that_spoke_is_not()
    {
        ManualTime time = new();
        await using TestNet net = new(time: time);
        using Socket silent = await net.RawAsync();
        ProbeSession silentSession = await net.SessionAsync();
        await using Stream talker = await net.StreamAsync();
        ProbeSession talkerSession = await net.SessionAsync(1);
        await talker.WriteAsync("x"u8.ToArray());
        await TestNet.ReadAsync(talker, 1);
        time.Advance(14_000);
        Assert.False(silentSession.Connection.IsEnded);
        await Wait.Until(() => AdvancesTo(time, 250, silentSession), "the silent one was ended");
        Assert.Equal(ConnectionEndReason.TimedOut, (await silentSession.End).Reason);
        time.Advance(600_000);
        await talker.WriteAsync("y"u8.ToArray());
        await TestNet.ReadAsync(talker, 1);
        Assert.False(talkerSession.Connection.IsEnded);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shutdown_drains_first_and_aborts_what_is_left(bool tls)
    {
        ManualTime time = new();
        int made = 0;
        await using TestNet net = new(tls, time: time, session: connection => Interlocked.Increment(ref made) == 1
            ? new ProbeSession(connection)
            : new ProbeSession(connection) { OnDrain = static (_, _) => { } });
        await using Stream obedient = await net.StreamAsync();
        ProbeSession obedientSession = await net.SessionAsync();
        await using Stream stubborn = await net.StreamAsync();
        ProbeSession stubbornSession = await net.SessionAsync(1);
        Task shutdown = net.Host.ShutdownAsync("maintenance", TimeSpan.FromSeconds(20));
        Assert.Equal(0, await obedient.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit));
        await obedient.DisposeAsync();
        Assert.Equal(new ConnectionEnd(ConnectionEndReason.Completed, "maintenance"), await obedientSession.End);
        await Wait.Until(() => stubbornSession.DrainReason == "maintenance", "the other one was told too");
        await Assert.ThrowsAnyAsync<SocketException>(net.RawAsync);
        // Its own silence would end it before the drain does.
        await stubborn.WriteAsync("x"u8.ToArray());
        await TestNet.ReadAsync(stubborn, 1);
        time.Advance(19_000);
        Assert.False(stubbornSession.Connection.IsEnded);
        Assert.False(shutdown.IsCompleted);
        await Wait.Until(() => AdvancesTo(time, 250, stubbornSession), "the drain was over");
        await shutdown.WaitAsync(Wait.Limit);
        Assert.Equal(ConnectionEndReason.DrainTimeout, (await stubbornSession.End).Reason);
        Assert.Throws<InvalidOperationException>(() => net.Host.Listen(net.Listener.Options, static _ => null!));
    }
}
