using System.Buffers;
using System.Buffers.Binary;

namespace Restante.Net.Tests;

public sealed class EchoTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_is_handed_over_and_what_is_written_goes_out(bool tls)
    {
        await using TestNet net = new(tls);
        await using Stream stream = await net.StreamAsync();
        foreach (int length in new[] { 1, 100, 16_384, 16_385, 300_000 })
        {
            byte[] sent = TestNet.Pattern(length);
            Task<byte[]> reading = TestNet.ReadAsync(stream, length);
            await stream.WriteAsync(sent);
            Assert.Equal(sent, await reading);
        }
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(332_870, session.Connection.BytesReceived);
        await Wait.Until(() => session.Connection.BytesSent == 332_870, "sent bytes were counted");
        Assert.Equal(332_870, net.Host.Metrics.BytesReceived);
        Assert.Equal(tls, session.Connection.IsTls);
        Assert.True(System.Net.IPAddress.IsLoopback(session.Connection.RemoteEndPoint!.Address));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_frame_in_many_pieces_is_handed_over_once_it_is_whole(bool tls)
    {
        await using TestNet net = new(tls, Framed);
        await using Stream stream = await net.StreamAsync();
        byte[] frame = Frame(50);
        foreach (byte one in frame)
            await stream.WriteAsync(new[] { one });
        Assert.Equal(frame, await TestNet.ReadAsync(stream, frame.Length));
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(frame.Length, session.Received);
        // Not once per byte: between the length and the whole frame nothing is presented.
        Assert.True(session.Calls <= 5, $"{session.Calls} calls");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Frames_far_larger_than_a_read_come_whole_and_among_small_ones(bool tls)
    {
        await using TestNet net = new(tls, Framed, static options => options with { Limits = new ConnectionLimits { MaxPendingOutputBytes = 8 << 20 } });
        await using Stream stream = await net.StreamAsync();
        byte[] all = [.. Frame(10), .. Frame(700_000), .. Frame(0), .. Frame(70_000), .. Frame(3)];
        Task<byte[]> reading = TestNet.ReadAsync(stream, all.Length);
        await stream.WriteAsync(all);
        Assert.Equal(all, await reading);
    }

    [Fact]
    public async Task A_frame_beyond_the_input_limit_ends_the_connection()
    {
        await using TestNet net = new(session: Framed, configure: static options => options with { Limits = new ConnectionLimits { MaxInputBytes = 100_000 } });
        await using Stream stream = await net.StreamAsync();
        await stream.WriteAsync(Frame(200_000).AsMemory(0, 1000));
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(ConnectionEndReason.InputLimit, (await session.End).Reason);
    }

    [Fact]
    public async Task A_peer_that_announces_much_and_sends_little_gets_a_small_buffer()
    {
        await using TestNet net = new(session: Framed, configure: static options => options with { Limits = new ConnectionLimits { MaxInputBytes = 100 << 20 } });
        await using Stream stream = await net.StreamAsync();
        await stream.WriteAsync(Frame(90_000_000).AsMemory(0, 1000));
        ProbeSession session = await net.SessionAsync();
        await Wait.Until(() => session.Connection.BytesReceived == 1000 && net.Host.Buffers.RentedBytes <= 1024, "the buffer shrank to what is kept");
        Assert.Equal(1, net.Host.Buffers.RentedBuffers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_connection_holds_no_buffer(bool tls)
    {
        await using TestNet net = new(tls);
        await using Stream stream = await net.StreamAsync();
        await stream.WriteAsync(TestNet.Pattern(100_000));
        await TestNet.ReadAsync(stream, 100_000);
        await Wait.Until(() => net.Host.Buffers.RentedBuffers == 0, "the buffers went back to the pool");
    }

    [Fact]
    public async Task Both_ends_may_run_on_the_loop()
    {
        await using TestNet net = new(tls: true);
        byte[] sent = TestNet.Pattern(200_000);
        ArrayBufferWriter<byte> got = new();
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ProbeSession client = await net.ConnectAsync(connection => new ProbeSession(connection)
        {
            OnReceive = (_, bytes) =>
            {
                got.Write(bytes);
                if (got.WrittenCount == sent.Length)
                    done.TrySetResult();
                return bytes.Length;
            },
        });
        Assert.True(client.Connection.Post(sent, static (session, bytes) => ((ProbeSession)session).Connection.Output.Write(bytes)));
        await done.Task.WaitAsync(Wait.Limit);
        Assert.Equal(sent, got.WrittenSpan.ToArray());
        Assert.Equal("client", client.Connection.Protocol);
    }

    [Fact]
    public async Task A_session_may_write_when_it_is_made()
    {
        await using TestNet net = new(session: static connection =>
        {
            connection.Output.Write("hello"u8);
            return new ProbeSession(connection);
        });
        await using Stream stream = await net.StreamAsync();
        Assert.Equal("hello"u8.ToArray(), await TestNet.ReadAsync(stream, 5));
    }

    [Fact]
    public async Task The_output_is_out_of_reach_between_turns()
    {
        await using TestNet net = new();
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        IBufferWriter<byte>? kept = null;
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Connection.Post(0, (_, _) =>
        {
            kept = session.Connection.Output;
            done.SetResult();
        });
        await done.Task.WaitAsync(Wait.Limit);
        Assert.Throws<InvalidOperationException>(() => session.Connection.Output);
        await Wait.Until(() => Throws(() => kept!.GetSpan(1)), "a kept writer is refused too");
    }

    private static bool Throws(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static ProbeSession Framed(Connection connection) => new(connection) { OnReceive = ReceiveFrames };

    private static int ReceiveFrames(ProbeSession session, ReadOnlySpan<byte> bytes)
    {
        int consumed = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = bytes[consumed..];
            if (rest.Length < 4)
            {
                session.Needed = 4;
                return consumed;
            }
            int total = 4 + BinaryPrimitives.ReadInt32BigEndian(rest);
            session.Needed = total;
            if (rest.Length < total)
                return consumed;
            session.Connection.Output.Write(rest[..total]);
            consumed += total;
        }
    }

    private static byte[] Frame(int length)
    {
        byte[] frame = new byte[4 + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        TestNet.Pattern(length).CopyTo(frame, 4);
        return frame;
    }
}
