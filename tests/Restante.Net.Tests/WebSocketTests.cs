using System.Buffers;
using System.Net.WebSockets;
using Peer = Restante.Net.Tests.WebSocketNet.Peer;

namespace Restante.Net.Tests;

public sealed class WebSocketTests
{
    [Fact]
    [Spec("MQTT5-6.0.0-2", "MQTT3-6.0.0-2")]
    public async Task Bytes_go_both_ways_whatever_the_messages_they_are_cut_into()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        byte[] sent = TestNet.Pattern(600_000);
        Task<byte[]> reading = peer.ReadAsync(sent.Length);
        Random random = new(7);
        for (int start = 0; start < sent.Length;)
        {
            int length = Math.Min(random.Next(5) == 0 ? random.Next(200_000) : random.Next(40), sent.Length - start);
            await peer.SendAsync(sent[start..(start + length)], end: random.Next(3) == 0);
            start += length;
        }
        Assert.Equal(sent, await reading);
        ProbeSession session = await net.SessionAsync();
        Assert.True(session.Connection.IsWebSocket);
        Assert.True(session.Connection.IsTls);
        Assert.Equal("test", session.Connection.Protocol);
        Assert.Equal(sent.Length, session.Connection.BytesReceived);
        Assert.Equal(sent.Length, session.Connection.BytesSent);
        Assert.Equal(((System.Net.IPEndPoint)peer.Socket.LocalEndPoint!).Port, session.Connection.RemoteEndPoint!.Port);
        Assert.Equal(1, net.Host.Metrics.Active);
    }

    [Fact]
    public async Task A_waiting_connection_holds_no_buffer_even_after_messages_without_bytes()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        for (int n = 0; n < 100; n++)
            await peer.SendAsync([]);
        await peer.SendAsync([1, 2, 3]);
        Assert.Equal([1, 2, 3], await peer.ReadAsync(3));
        await peer.SendAsync([]);
        await Wait.Until(() => net.Host.Buffers.RentedBuffers == 0, "no buffer is held");
        await peer.SendAsync([4]);
        Assert.Equal([4], await peer.ReadAsync(1));
        await Wait.Until(() => net.Host.Buffers.RentedBuffers == 0, "no buffer is held");
    }

    [Fact]
    [Spec("MQTT5-6.0.0-1", "MQTT3-6.0.0-1")]
    public async Task Text_is_answered_with_1003()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync("hello"u8.ToArray(), type: WebSocketMessageType.Text);
        (WebSocketCloseStatus? status, string? reason) = await peer.ReadCloseAsync();
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, status);
        Assert.Contains("binary", reason, StringComparison.Ordinal);
        await peer.CloseOutputAsync();
        Assert.Equal(WebSocketEnd.Closed, await peer.Ended);
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(ConnectionEndReason.TransportFault, (await session.End).Reason);
        Assert.Equal(0, session.Calls);
    }

    [Fact]
    public async Task A_message_without_end_is_answered_with_1009()
    {
        await using WebSocketNet net = new(configure: static options => options with { MaxMessageBytes = 2000 });
        Peer peer = await net.ConnectAsync();
        for (int n = 0; n < 3; n++)
        {
            await peer.SendAsync(new byte[1000], end: false);
            await peer.SendAsync(new byte[1000]);
        }
        await peer.ReadAsync(6000);
        await peer.SendAsync(new byte[1500], end: false);
        await peer.SendAsync(new byte[501], end: false);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, (await peer.ReadCloseAsync()).Status);
        await peer.CloseOutputAsync();
        Assert.Equal(WebSocketEnd.Closed, await peer.Ended);
    }

    [Fact]
    public async Task A_frame_against_the_protocol_is_answered_with_1002()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        // A client's frames are masked [RFC 6455 5.1]; this one is not.
        await peer.Socket.SendAsync(new byte[] { 0x82, 8, 1, 2, 3, 4, 5, 6, 7, 8 });
        Assert.Equal(WebSocketCloseStatus.ProtocolError, (await peer.ReadCloseAsync()).Status);
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(ConnectionEndReason.TransportFault, (await session.End).Reason);
        Assert.Equal(0, session.Calls);
    }

    [Theory]
    [InlineData(1002, "C2 81 00000000 01")] // a reserved bit
    [InlineData(1002, "83 81 00000000 01")] // a reserved opcode
    [InlineData(1002, "80 81 00000000 01")] // the rest of a message that nobody began
    [InlineData(1002, "02 81 00000000 01 82 81 00000000 01")] // a message within another
    [InlineData(1002, "09 80 00000000")] // a control frame in pieces
    [InlineData(1002, "89 FE 007E 00000000")] // a control frame of 126 bytes
    [InlineData(1002, "88 81 00000000 03")] // half a closing code
    [InlineData(1002, "88 82 00000000 03ED")] // 1005, which is never sent
    [InlineData(1002, "82 FF FFFFFFFFFFFFFFFF 00000000")] // a negative length
    [InlineData(1002, "88 84 00000000 03E8 C328")] // a reason that is no UTF-8
    [InlineData(1003, "81 82 00000000 C328")] // text that is no UTF-8: it is no matter of its content
    [InlineData(1003, "81 82 00000000 6869")] // text
    public async Task What_is_against_the_protocol_is_answered_with_its_code(int code, string frames)
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        await peer.Socket.SendAsync(Convert.FromHexString(frames.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal((WebSocketCloseStatus)code, (await peer.ReadCloseAsync()).Status);
        await (await net.SessionAsync()).End;
    }

    [Fact]
    public async Task Draining_says_going_away_and_why()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        ProbeSession session = await net.SessionAsync();
        Task stopping = net.Host.ShutdownAsync("The gateway is shutting down.", TimeSpan.FromHours(1));
        Assert.Equal((WebSocketCloseStatus.EndpointUnavailable, "The gateway is shutting down."), await peer.ReadCloseAsync());
        await peer.CloseOutputAsync();
        await stopping.WaitAsync(Wait.Limit);
        Assert.Equal(WebSocketEnd.Closed, await peer.Ended);
        Assert.Equal(ConnectionEndReason.Completed, (await session.End).Reason);
        Assert.Equal(WebSocketEnd.Refused, await (await net.ConnectAsync()).Ended);
    }

    [Fact]
    public async Task A_drain_that_takes_too_long_ends_in_a_cut()
    {
        await using WebSocketNet net = new(connection => new ProbeSession(connection) { OnDrain = static (_, _) => { } });
        Peer peer = await net.ConnectAsync();
        ProbeSession session = await net.SessionAsync();
        await net.Host.ShutdownAsync("stop", TimeSpan.FromMilliseconds(1)).WaitAsync(Wait.Limit);
        Assert.Equal(WebSocketEnd.Cut, await peer.Ended);
        Assert.Equal(ConnectionEndReason.DrainTimeout, (await session.End).Reason);
    }

    [Fact]
    public async Task Closing_sends_what_was_written_then_the_reason_as_far_as_a_frame_holds_it()
    {
        string reason = new string('x', 121) + "äöü";
        await using WebSocketNet net = new(connection => new ProbeSession(connection)
        {
            OnReceive = (session, bytes) =>
            {
                session.Connection.Output.Write(new byte[300_000]);
                session.Connection.CompleteAndClose(reason);
                return bytes.Length;
            },
        });
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync([1]);
        await peer.ReadAsync(300_000);
        Assert.Equal((WebSocketCloseStatus.NormalClosure, new string('x', 121) + "ä"), await peer.ReadCloseAsync());
        await peer.CloseOutputAsync();
        Assert.Equal(WebSocketEnd.Closed, await peer.Ended);
        Assert.Equal(new ConnectionEnd(ConnectionEndReason.Completed, reason), await (await net.SessionAsync()).End);
    }

    [Fact]
    public async Task A_peer_that_closes_gets_its_answer()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync([1]);
        await peer.ReadAsync(1);
        await peer.CloseOutputAsync();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, (await peer.ReadCloseAsync()).Status);
        Assert.Equal(WebSocketEnd.Closed, await peer.Ended);
        Assert.Equal(ConnectionEndReason.PeerClosed, (await (await net.SessionAsync()).End).Reason);
    }

    [Fact]
    public async Task A_peer_that_vanishes_is_told_from_one_that_closes()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        await peer.SendAsync([1]);
        await peer.ReadAsync(1);
        peer.Socket.Dispose();
        Assert.Equal(WebSocketEnd.Cut, await peer.Ended);
        Assert.Equal(ConnectionEndReason.PeerReset, (await (await net.SessionAsync()).End).Reason);
    }

    [Fact]
    public async Task An_abort_cuts_it_at_once()
    {
        await using WebSocketNet net = new();
        Peer peer = await net.ConnectAsync();
        ProbeSession session = await net.SessionAsync();
        session.Connection.Abort("revoked");
        Assert.Equal(WebSocketEnd.Cut, await peer.Ended);
        await Assert.ThrowsAsync<WebSocketException>(peer.ReadCloseAsync);
        Assert.Equal(new ConnectionEnd(ConnectionEndReason.Aborted, "revoked"), await session.End);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_the_close_is_not_waited_for_longer_than_the_close_timeout()
    {
        ManualTime time = new();
        await using WebSocketNet net = new(time: time);
        Peer closed = await net.ConnectAsync();
        ProbeSession session = await net.SessionAsync();
        session.Connection.CompleteAndClose("bye");
        Assert.Equal(WebSocketCloseStatus.NormalClosure, (await closed.ReadCloseAsync()).Status);
        Peer text = await net.ConnectAsync();
        await text.SendAsync([1], type: WebSocketMessageType.Text);
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, (await text.ReadCloseAsync()).Status);
        time.Advance(4500);
        Assert.False(closed.Run.IsCompleted || text.Run.IsCompleted);
        await Wait.Until(
            () =>
            {
                time.Advance(250);
                return closed.Run.IsCompleted && text.Run.IsCompleted;
            },
            "the close was over");
        Assert.Equal(WebSocketEnd.Cut, await text.Ended);
        Assert.Equal(ConnectionEndReason.Completed, (await session.End).Reason);
    }

    [Fact]
    public async Task A_silent_peer_is_given_up_after_the_first_bytes_timeout()
    {
        ManualTime time = new();
        await using WebSocketNet net = new(time: time);
        Peer peer = await net.ConnectAsync();
        ProbeSession session = await net.SessionAsync();
        time.Advance(14_750);
        Assert.False(session.Connection.IsEnded);
        time.Advance(500);
        Assert.Equal(ConnectionEndReason.TimedOut, (await session.End).Reason);
        Assert.Equal(WebSocketEnd.Cut, await peer.Ended);
    }

    [Fact]
    public async Task A_paused_connection_stops_reading_and_goes_on_where_it_stopped()
    {
        const int Total = 20_000_000;
        bool open = false;
        await using WebSocketNet net = new(connection => new ProbeSession(connection)
        {
            OnReceive = (_, bytes) => Volatile.Read(ref open) ? bytes.Length : Math.Min(bytes.Length, 10),
            Wants = session => Volatile.Read(ref open) || session.Received == 0,
        });
        Peer peer = await net.ConnectAsync();
        ProbeSession session = await net.SessionAsync();
        Task writing = Task.Run(async () =>
        {
            for (int sent = 0; sent < Total; sent += 100_000)
                await peer.SendAsync(new byte[100_000], end: sent % 1_000_000 == 0);
        });
        await Wait.Until(() => session.Received > 0 && net.Host.Buffers.RentedBuffers <= 1, "the session paused");
        Assert.Equal(10, session.Received);
        Assert.InRange(net.Host.Buffers.RentedBytes, 0, 64 * 1024);
        Assert.False(writing.IsCompleted);
        Volatile.Write(ref open, true);
        session.Connection.Post(0, static (_, _) => { });
        await writing.WaitAsync(Wait.Limit);
        await Wait.Until(() => session.Received == Total, "everything came");
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_ended_at_the_output_cap()
    {
        await using WebSocketNet net = new(configure: static options => options with { Limits = new ConnectionLimits { MaxPendingOutputBytes = 500_000 } });
        Peer peer = await net.ConnectAsync();
        ProbeSession session = await net.SessionAsync();
        while (session.Connection.Post(new byte[50_000], static (session, bytes) => ((ProbeSession)session).Connection.Output.Write(bytes)))
        {
            await Wait.Until(() => session.Connection.IsEnded || session.Connection.PendingOutputBytes <= 500_000, "the loop kept up");
            Assert.InRange(net.Host.Buffers.RentedBytes, 0, 800_000);
        }
        Assert.Equal(ConnectionEndReason.OutputLimit, (await session.End).Reason);
        Assert.Equal(WebSocketEnd.Cut, await peer.Ended);
    }

    [Fact]
    public async Task One_too_many_is_not_accepted_and_a_place_comes_back()
    {
        await using WebSocketNet net = new(configure: static options => options with { MaxConnections = 1 });
        Peer first = await net.ConnectAsync();
        await net.SessionAsync();
        Assert.Equal(WebSocketEnd.Refused, await (await net.ConnectAsync()).Ended);
        Assert.Equal(1, net.Host.Metrics.Refused(RefusalReason.ConnectionLimit));
        Assert.Equal(1, net.SessionCount);
        await first.CloseOutputAsync();
        await first.Ended;
        await Wait.Until(() => net.Listener.ActiveConnections == 0, "its place is free");
        await Assert.ThrowsAsync<IOException>(() => net.Listener.RunAsync(static () => throw new IOException(), default));
        await net.ConnectAsync();
        await net.SessionAsync(1);
    }
}
