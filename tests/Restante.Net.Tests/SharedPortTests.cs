using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;
using Restante.Net.Certificates;

namespace Restante.Net.Tests;

/// <summary>Several protocols on one port: two on the loop, and one that is handed on.</summary>
public sealed class SharedPortTests
{
    [Theory]
    [InlineData("amqp", "\u0010 whatever comes first", "amqp")]
    [InlineData("mqtt", "AMQP", "mqtt")]
    [InlineData("http/1.1", "AMQP", "http")]
    [InlineData("h2", "\u0010", "http")]
    [InlineData(null, "AMQP\u0003\u0001", "amqp")]
    [InlineData(null, "\u0010\u0020MQTT", "mqtt")]
    [InlineData(null, "GET / HTTP/1.1", "http")]
    [InlineData(null, "ABORT", "http")]
    [InlineData(null, "\u0000", "http")]
    public async Task A_protocol_is_told_by_alpn_else_by_its_first_bytes(string? alpn, string says, string protocol)
    {
        await using SharedPort port = new();
        await using Stream stream = await port.ConnectAsync(alpn);
        byte[] sent = [.. System.Text.Encoding.ASCII.GetBytes(says), .. TestNet.Pattern(100_000)];
        await stream.WriteAsync(sent);
        Assert.Equal(sent, await TestNet.ReadAsync(stream, sent.Length));
        Assert.Equal([protocol], port.Seen);
        Assert.Equal(protocol == "http" ? 1 : 0, port.Host.Metrics.Handed);
        Assert.Equal(protocol == "http" ? 0 : 1, port.Host.Metrics.Active);
    }

    [Fact]
    public async Task First_bytes_that_come_one_by_one_are_put_together()
    {
        await using SharedPort port = new();
        await using Stream stream = await port.ConnectAsync(null);
        foreach (byte one in "AMQ"u8.ToArray())
        {
            await stream.WriteAsync(new[] { one });
            Assert.Empty(port.Seen);
        }
        await stream.WriteAsync("P!"u8.ToArray());
        Assert.Equal("AMQP!"u8.ToArray(), await TestNet.ReadAsync(stream, 5));
        Assert.Equal(["amqp"], port.Seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AMQ")]
    public async Task Slow_first_bytes_end_with_the_handshake_timeout(string says)
    {
        ManualTime time = new();
        await using SharedPort port = new(time);
        await using Stream stream = await port.ConnectAsync(null);
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(says));
        time.Advance(29_500);
        Assert.Equal(0, port.Host.Metrics.Handshakes(HandshakeOutcome.TimedOut));
        await Wait.Until(() => port.Listener.HandshakePlacesFree == 64, "who computes no more takes no place");
        await Wait.Until(
            () =>
            {
                time.Advance(250);
                return port.Host.Metrics.Handshakes(HandshakeOutcome.TimedOut) == 1;
            },
            "it was given up");
        await Wait.Until(() => port.Listener.Reserved == 0, "its place is free");
        Assert.Empty(port.Seen);
    }

    [Fact]
    public async Task Bytes_of_no_protocol_are_refused_when_nothing_takes_the_rest()
    {
        await using SharedPort port = new(handsOn: false);
        await using Stream stream = await port.ConnectAsync(null);
        await stream.WriteAsync("GET / HTTP/1.1"u8.ToArray());
        await Wait.Until(() => port.Host.Metrics.Handshakes(HandshakeOutcome.Refused) == 1, "it was refused");
        await Wait.Until(() => port.Listener.Reserved == 0, "its place is free");
        await Assert.ThrowsAnyAsync<Exception>(() => port.ConnectAsync("h2"));
    }

    [Fact]
    public async Task Who_is_handed_on_keeps_its_place_until_its_stream_is_closed()
    {
        await using SharedPort port = new(maxConnections: 2);
        Stream first = await port.ConnectAsync("h2");
        Stream second = await port.ConnectAsync("http/1.1");
        await Wait.Until(() => port.Seen.Count == 2, "both were handed on");
        await Assert.ThrowsAnyAsync<Exception>(() => port.ConnectAsync("amqp"));
        await first.DisposeAsync();
        await second.DisposeAsync();
        await Wait.Until(() => port.Listener.Reserved == 0, "their places are free");
        await using Stream third = await port.ConnectAsync("amqp");
    }

    [Fact]
    public async Task Stopping_cuts_streams_that_were_handed_on_and_are_not_closed()
    {
        await using SharedPort port = new();
        await using Stream stream = await port.ConnectAsync("http/1.1");
        await Wait.Until(() => port.Seen.Count == 1, "it was handed on");
        await port.Listener.StopAsync("stop", TimeSpan.FromMilliseconds(1)).WaitAsync(Wait.Limit);
        await Assert.ThrowsAsync<IOException>(() => TestNet.ReadAsync(stream, 1));
        Assert.Equal(0, port.Listener.Reserved);
    }

    [Fact]
    public async Task Closing_what_was_handed_on_waits_for_whoever_uses_tls_at_that_moment()
    {
        await using SharedPort port = new(echoes: false);
        await using Stream client = await port.ConnectAsync("h2");
        HandedStream handed = await port.Handed.Task.WaitAsync(Wait.Limit);
        // Under it a read decrypts, on whatever thread.
        PropertyInfo guard = typeof(SslStream).GetProperty("_handshakeLock", BindingFlags.Instance | BindingFlags.NonPublic)!;
        object held = guard.GetValue(handed.Stream)!;
        Task? closing = null;
        Thread closer = new(() => closing = handed.CloseAsync());
        lock (held)
        {
            closer.Start();
            SpinWait.SpinUntil(() => (closer.ThreadState & (ThreadState.WaitSleepJoin | ThreadState.Stopped)) != 0, Wait.Limit);
            Assert.Null(closing);
        }

        closer.Join();
        await closing!.WaitAsync(Wait.Limit);
        Assert.Equal(0, await client.ReadAsync(new byte[1]));
        await Wait.Until(() => port.Listener.Reserved == 0, "its place is free");
    }

    [Fact]
    public void Branches_that_cannot_be_told_apart_are_refused()
    {
        ProtocolBranch a = new() { Protocol = "a", FirstBytes = "AB"u8.ToArray(), SessionFactory = static connection => new ProbeSession(connection) };
        ProtocolBranch[][] wrong =
        [
            [],
            [a, a with { Protocol = "b", FirstBytes = "ABC"u8.ToArray() }],
            [a with { FirstBytes = default }, a with { Protocol = "b", FirstBytes = default }],
            [a with { AlpnProtocols = ["x"] }, a with { Protocol = "b", FirstBytes = "C"u8.ToArray(), AlpnProtocols = ["x"] }],
            [a with { FirstBytes = new byte[17] }],
            [a with { SessionFactory = null }],
        ];
        foreach (ProtocolBranch[] branches in wrong)
            Assert.Throws<ArgumentException>(() => ProtocolBranch.Validate(branches));
    }

    private sealed class SharedPort : IAsyncDisposable
    {
        private readonly ConcurrentQueue<ProbeSession> _sessions = new();

        public SharedPort(TimeProvider? time = null, bool handsOn = true, int maxConnections = 100, bool echoes = true)
        {
            Host = new NetworkHost(time);
            List<ProtocolBranch> branches =
            [
                new() { Protocol = "amqp", AlpnProtocols = ["amqp"], FirstBytes = "AMQP"u8.ToArray(), SessionFactory = Accept },
                new() { Protocol = "mqtt", AlpnProtocols = ["mqtt"], FirstBytes = new byte[] { 0x10 }, SessionFactory = Accept },
            ];
            if (handsOn)
                branches.Add(new ProtocolBranch { Protocol = "http", AlpnProtocols = ["h2", "http/1.1"], StreamHandler = stream => Take(stream, echoes) });
            ListenerOptions options = new()
            {
                Protocol = "all",
                Address = "localhost",
                MaxConnections = maxConnections,
                Tls = new TlsServerOptions { Certificates = new ServerCertificates(ServerCertificate.Load(TestNet.Files.ServerCertificatePath, TestNet.Files.ServerKeyPath)) },
            };
            Listener = Host.Listen(options, branches);
        }

        public NetworkHost Host { get; }

        public Listener Listener { get; }

        public ConcurrentQueue<string> Seen { get; } = new();

        /// <summary>The first stream that was handed on and is not answered.</summary>
        public TaskCompletionSource<HandedStream> Handed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<Stream> ConnectAsync(string? alpn)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(Listener.LocalEndPoint);
            SslStream stream = new(new NetworkStream(socket, ownsSocket: true));
            SslClientAuthenticationOptions options = TestNet.Trust.ToAuthenticationOptions("localhost");
            if (alpn is not null)
                options.ApplicationProtocols = [new SslApplicationProtocol(alpn)];
            await stream.AuthenticateAsClientAsync(options).WaitAsync(Wait.Limit);
            return stream;
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            foreach (ProbeSession session in _sessions)
                await session.End;
            await Wait.Until(() => Host.Buffers.RentedBuffers == 0, "every buffer was returned");
            Assert.Equal(0, Listener.Reserved);
        }

        private ProbeSession Accept(Connection connection)
        {
            ProbeSession session = new(connection);
            Seen.Enqueue(connection.Protocol);
            _sessions.Enqueue(session);
            return session;
        }

        private void Take(HandedStream handed, bool echoes)
        {
            if (echoes)
                _ = EchoAsync(handed);
            else
                Handed.SetResult(handed);
        }

        private async Task EchoAsync(HandedStream handed)
        {
            Seen.Enqueue("http");
            try
            {
                await handed.Stream.CopyToAsync(handed.Stream);
                await handed.CloseAsync();
            }
            catch (IOException)
            {
                handed.Abort();
            }
        }
    }
}
