using System.Net;
using System.Net.Sockets;

namespace Restante.Net.Tests;

public sealed class ListenerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Beyond_the_connection_limit_new_ones_are_closed_until_a_place_is_free(bool tls)
    {
        await using TestNet net = new(tls, configure: static options => options with { MaxConnections = 2 });
        Stream first = await net.StreamAsync();
        await using Stream second = await net.StreamAsync();
        await net.SessionAsync(1);
        using Socket third = await net.RawAsync();
        Assert.Equal(0, await third.ReceiveAsync(new byte[1]).WaitAsync(Wait.Limit));
        Assert.Equal(1, net.Host.Metrics.Refused(RefusalReason.ConnectionLimit));
        await first.DisposeAsync();
        await (await net.SessionAsync()).End;
        await Wait.Until(() => net.Listener.Reserved == 1, "the place is free");
        await using Stream fourth = await net.StreamAsync();
        await fourth.WriteAsync("x"u8.ToArray());
        await TestNet.ReadAsync(fourth, 1);
        Assert.Equal(2, net.Host.Metrics.Active);
    }

    [Fact]
    public async Task Exhausted_descriptors_are_survived()
    {
        ManualTime time = new();
        await using TestNet net = new(time: time);
        Func<CancellationToken, ValueTask<Socket>> real = net.Listener.Acceptor;
        int faults = 0;
        net.Listener.Acceptor = token => faults++ < 5 ? throw new SocketException((int)SocketError.TooManyOpenSockets) : real(token);
        // The accept under way is the real one; the faults come after it.
        await using Stream first = await net.StreamAsync();
        Task<Stream> second = net.StreamAsync();
        await Wait.Until(
            () =>
            {
                time.Advance(100);
                return net.SessionCount == 2;
            },
            "the listener accepts again");
        await using Stream stream = await second;
        await stream.WriteAsync("x"u8.ToArray());
        Assert.Equal("x"u8.ToArray(), await TestNet.ReadAsync(stream, 1));
        Assert.Equal(5, net.Host.Metrics.AcceptFaults);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    public async Task Plain_text_is_refused_beyond_loopback(string address)
    {
        await using NetworkHost host = new();
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => host.Listen(new ListenerOptions { Protocol = "test", Address = address }, static _ => null!));
        Assert.Contains("AllowPlaintextBeyondLoopback", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_address_means_both_families()
    {
        await using TestNet net = new(configure: static options => options with { Address = "*", AllowPlaintextBeyondLoopback = true });
        using Socket four = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await four.ConnectAsync(IPAddress.Loopback, net.Listener.LocalEndPoint.Port);
        ProbeSession session = await net.SessionAsync();
        Assert.Equal(four.LocalEndPoint, session.Connection.RemoteEndPoint);
        if (!Socket.OSSupportsIPv6)
            return;
        using Socket six = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await six.ConnectAsync(IPAddress.IPv6Loopback, net.Listener.LocalEndPoint.Port);
        Assert.Equal(six.LocalEndPoint, (await net.SessionAsync(1)).Connection.RemoteEndPoint);
    }

    [Fact]
    public async Task A_port_in_use_and_options_out_of_range_are_told()
    {
        await using TestNet net = new();
        ListenerOptions options = net.Listener.Options;
        Assert.Throws<SocketException>(() => net.Host.Listen(options with { Port = net.Listener.LocalEndPoint.Port }, static _ => null!));
        Assert.Throws<ArgumentException>(() => net.Host.Listen(options with { MaxConnections = 0 }, static _ => null!));
        Assert.Throws<ArgumentException>(() => net.Host.Listen(options with { HandshakeTimeout = TimeSpan.Zero }, static _ => null!));
        Assert.Throws<ArgumentException>(() => net.Host.Listen(options with { Address = "somewhere" }, static _ => null!));
        Assert.Throws<ArgumentException>(() => net.Host.Listen(options with { Limits = new ConnectionLimits { MaxPosts = 1 } }, static _ => null!));
    }

    [Fact]
    public async Task Many_connections_come_and_go_and_the_books_balance()
    {
        await using TestNet net = new(tls: true);
        for (int round = 0; round < 5; round++)
        {
            Stream[] streams = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => net.StreamAsync())));
            await Task.WhenAll(streams.Select(async stream =>
            {
                await stream.WriteAsync(new byte[1000]);
                await TestNet.ReadAsync(stream, 1000);
                await stream.DisposeAsync();
            }));
        }
        await Wait.Until(() => net.Host.Metrics.Active == 0 && net.Listener.Reserved == 0, "all are gone");
        Assert.Equal(200, net.Host.Metrics.Accepted);
        Assert.Equal(200, net.Host.Metrics.Handshakes(HandshakeOutcome.Done));
        Assert.Equal(0, net.Listener.ActiveConnections);
        Assert.Equal(200_000, net.Host.Metrics.BytesSent);
    }
}
