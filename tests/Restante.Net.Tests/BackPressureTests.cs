using System.Buffers;
using System.Net.Sockets;

namespace Restante.Net.Tests;

public sealed class BackPressureTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_paused_connection_stops_reading_holds_little_and_goes_on_where_it_stopped(bool tls)
    {
        const int Total = 30_000_000;
        bool open = false;
        await using TestNet net = new(tls, connection => new ProbeSession(connection)
        {
            OnReceive = (_, bytes) => Volatile.Read(ref open) ? bytes.Length : Math.Min(bytes.Length, 10),
            Wants = session => Volatile.Read(ref open) || session.Received == 0,
        });
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        Task writing = Task.Run(async () =>
        {
            byte[] chunk = new byte[100_000];
            for (int sent = 0; sent < Total; sent += chunk.Length)
                await stream.WriteAsync(chunk);
        });
        await Wait.Until(() => session.Received > 0 && net.Host.Buffers.RentedBuffers <= 1, "the session paused");
        Assert.Equal(10, session.Received);
        Assert.InRange(net.Host.Buffers.RentedBytes, 0, 64 * 1024);
        Assert.InRange(session.Connection.BytesReceived, 10, 128 * 1024);
        Assert.False(writing.IsCompleted);
        // Nothing but a turn that ends with true wakes it.
        Volatile.Write(ref open, true);
        Assert.Equal(10, session.Received);
        session.Connection.Post(0, static (_, _) => { });
        await writing.WaitAsync(Wait.Limit);
        await Wait.Until(() => session.Received == Total, "everything came");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_echo_that_pauses_on_pending_output_survives_a_peer_that_reads_late(bool tls)
    {
        const int Total = 40_000_000;
        long mostPending = 0;
        await using TestNet net = new(tls, connection => new ProbeSession(connection)
        {
            OnReceive = (session, bytes) =>
            {
                int taken = ProbeSession.Echo(session, bytes);
                mostPending = Math.Max(mostPending, connection.PendingOutputBytes);
                return taken;
            },
            Wants = static session => session.Connection.PendingOutputBytes < 32_768,
        });
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        Task writing = Task.Run(async () =>
        {
            byte[] chunk = new byte[100_000];
            for (int sent = 0; sent < Total; sent += chunk.Length)
                await stream.WriteAsync(chunk);
        });
        // Nobody reads: the kernel's buffers fill, then the pause reaches back to the writer.
        await Wait.Until(() => session.Connection.PendingOutputBytes >= 32_768, "output piled up");
        Assert.False(writing.IsCompleted);
        await TestNet.ReadAsync(stream, Total);
        await writing.WaitAsync(Wait.Limit);
        Assert.InRange(mostPending, 32_768, 200_000);
    }

    [Fact]
    public async Task A_producer_that_waits_for_OutputReady_sends_everything_within_bounds()
    {
        const int Total = 20_000_000;
        long mostPending = 0;
        int produced = 0;
        void Produce(ProbeSession session)
        {
            while (produced < Total && session.Connection.PendingOutputBytes <= 100_000)
            {
                session.Connection.Output.Write(new byte[10_000]);
                produced += 10_000;
                mostPending = Math.Max(mostPending, session.Connection.PendingOutputBytes);
            }
        }
        await using TestNet net = new(session: connection => new ProbeSession(connection)
        {
            OnReceive = (session, bytes) =>
            {
                Produce(session);
                return bytes.Length;
            },
            OnOutputReady = Produce,
        });
        await using Stream stream = await net.StreamAsync();
        await stream.WriteAsync("go"u8.ToArray());
        await TestNet.ReadAsync(stream, Total);
        Assert.InRange(mostPending, 100_000, 120_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_does_not_read_is_ended_at_the_output_cap(bool tls)
    {
        await using TestNet net = new(tls, configure: static options => options with { Limits = new ConnectionLimits { MaxPendingOutputBytes = 500_000 } });
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        while (session.Connection.Post(new byte[50_000], static (session, bytes) => ((ProbeSession)session).Connection.Output.Write(bytes)))
        {
            await Wait.Until(() => session.Connection.IsEnded || session.Connection.PendingOutputBytes <= 500_000, "the loop kept up");
            Assert.InRange(net.Host.Buffers.RentedBytes, 0, 800_000);
        }
        ConnectionEnd end = await session.End;
        Assert.Contains(end.Reason, new[] { ConnectionEndReason.OutputLimit, ConnectionEndReason.PostLimit });
        Assert.Equal(ConnectionEndReason.OutputLimit, end.Reason);
        Assert.Equal(1, net.Host.Metrics.Ended(ConnectionEndReason.OutputLimit));
    }

    [Fact]
    public async Task One_turn_cannot_write_beyond_the_cap_either()
    {
        bool overran = false;
        await using TestNet net = new(
            session: connection => new ProbeSession(connection)
            {
                OnReceive = (session, bytes) =>
                {
                    try
                    {
                        for (int written = 0; written < 100_000_000; written += 1000)
                            session.Connection.Output.Write(new byte[1000]);
                        overran = true;
                    }
                    catch (Exception)
                    {
                        // A session's own catch-all does not keep the connection open.
                    }
                    return bytes.Length;
                },
            });
        await using Stream stream = await net.StreamAsync();
        await stream.WriteAsync("go"u8.ToArray());
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(ConnectionEndReason.OutputLimit, (await session.End).Reason);
        Assert.False(overran);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_that_is_not_taken_in_time_ends_the_connection(bool tls)
    {
        ManualTime time = new();
        await using TestNet net = new(tls, time: time, configure: static options => options with { Limits = new ConnectionLimits { MaxPendingOutputBytes = 64 << 20 } });
        await using Stream stream = await net.StreamAsync();
        // It has spoken: no other deadline than the write's is left.
        await stream.WriteAsync("x"u8.ToArray());
        await TestNet.ReadAsync(stream, 1);
        ProbeSession session = await net.SessionAsync();
        session.Connection.Post(new byte[30_000_000], static (session, bytes) => ((ProbeSession)session).Connection.Output.Write(bytes));
        await Wait.Until(() => session.Connection.BytesSent > 0 && session.Connection.PendingOutputBytes > 0 && net.Host.Heartbeat.Armed > 0, "the write hangs");
        // Whatever the kernel still takes moves the deadline; then nothing moves any more.
        await Wait.Until(
            () =>
            {
                time.Advance(1000);
                return session.Connection.IsEnded;
            },
            "the write was given up");
        Assert.Equal(ConnectionEndReason.WriteTimeout, (await session.End).Reason);
        Assert.True(time.GetTimestamp() >= 30_000);
    }

    [Fact]
    public async Task A_reset_while_output_is_pending_ends_the_connection_and_returns_the_buffers()
    {
        await using TestNet net = new(configure: static options => options with { Limits = new ConnectionLimits { MaxPendingOutputBytes = 64 << 20 } });
        Socket socket = await net.RawAsync();
        ProbeSession session = await net.SessionAsync();
        session.Connection.Post(new byte[30_000_000], static (session, bytes) => ((ProbeSession)session).Connection.Output.Write(bytes));
        await Wait.Until(() => session.Connection.BytesSent > 0, "something was sent");
        socket.Close(0);
        ConnectionEnd end = await session.End;
        Assert.Equal(ConnectionEndReason.PeerReset, end.Reason);
        Assert.Equal(nameof(SocketException), end.ExceptionType);
    }
}
