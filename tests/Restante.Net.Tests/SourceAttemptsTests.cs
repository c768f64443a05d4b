using System.Net;
using System.Net.Sockets;
using Restante.Net.Loop;

namespace Restante.Net.Tests;

public sealed class SourceAttemptsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Beyond_the_rate_of_a_source_new_ones_are_closed_until_the_next_minute(bool tls)
    {
        ManualTime time = new();
        await using TestNet net = new(tls, configure: static options => options with { MaxConnectionsPerSourcePerMinute = 2 }, time: time);
        await using Stream first = await net.StreamAsync();
        await using Stream second = await net.StreamAsync();
        await net.SessionAsync(1);
        using (Socket third = await net.RawAsync())
            Assert.Equal(0, await third.ReceiveAsync(new byte[1]).WaitAsync(Wait.Limit));
        Assert.Equal(1, net.Host.Metrics.Refused(RefusalReason.SourceRate));
        await Wait.Until(() => net.Listener.Reserved == 2, "the place of the refused one is free again"); // After the peer has seen its end.
        for (int i = 0; i < 60; i++)
            time.Advance(1_000);
        await using Stream fourth = await net.StreamAsync();
        await net.SessionAsync(2);
    }

    [Fact]
    public async Task A_WebSocket_beyond_the_rate_is_refused()
    {
        await using WebSocketNet net = new(
            configure: static options => options with { MaxConnectionsPerSourcePerMinute = 1 }, time: new ManualTime());
        await net.ConnectAsync();
        await net.SessionAsync();
        Assert.Equal(WebSocketEnd.Refused, await (await net.ConnectAsync()).Ended);
        Assert.Equal((1, 1), (net.Host.Metrics.Refused(RefusalReason.SourceRate), net.SessionCount));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public void A_network_of_64_bits_is_one_source(string one, string two, bool same)
    {
        SourceAttempts attempts = new();
        Assert.True(attempts.TryAdd(new IPEndPoint(IPAddress.Parse(one), 1), 1, 0));
        Assert.Equal(!same, attempts.TryAdd(new IPEndPoint(IPAddress.Parse(two), 2), 1, 0));
    }

    [Fact]
    public void Too_many_sources_are_not_counted_and_nought_is_no_bound()
    {
        SourceAttempts attempts = new();
        for (uint i = 0; i < SourceAttempts.MaxSources + 10; i++)
            Assert.True(attempts.TryAdd(new IPEndPoint(i, 1), 1, 0));
        Assert.Equal(SourceAttempts.MaxSources, attempts.Sources);
        Assert.False(attempts.TryAdd(new IPEndPoint(0, 1), 1, 59_999));
        Assert.True(attempts.TryAdd(new IPEndPoint(0, 1), 0, 59_999));
        Assert.True(attempts.TryAdd(null, 1, 59_999));
        Assert.True(attempts.TryAdd(new IPEndPoint(0, 1), 1, 60_000));
        Assert.Equal(1, attempts.Sources);
    }
}
