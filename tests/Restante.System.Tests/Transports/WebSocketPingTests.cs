using System.Net.Security;
using System.Text;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Transports;

/// <summary>The gateway pings what is silent in a WebSocket, and cuts who does not answer.</summary>
public sealed class WebSocketPingTests
{
    [Fact]
    public async Task A_peer_that_no_longer_answers_pings_is_cut()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", "Network:WebSocketKeepAliveMs=500", "--set", "Network:WebSocketPingTimeoutMs=2000");
        await using SslStream stream = await Doors.TlsAsync(gateway, gateway.HttpsPort, "http/1.1");
        using var timeout = new CancellationTokenSource(Doors.Patience);
        await stream.WriteAsync(
            "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"u8.ToArray(), timeout.Token);
        await stream.WriteAsync("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"u8.ToArray(), timeout.Token);
        await ReadHeadAsync(stream, timeout.Token);
        for (int round = 0; round < 3; round++)
        {
            await ReadPingAsync(stream, timeout.Token);
            await stream.WriteAsync(new byte[] { 0x8A, 0x80, 0, 0, 0, 0 }, timeout.Token);
        }

        await ReadPingAsync(stream, timeout.Token);
        Assert.Equal(0, await ReadToEndAsync(stream, timeout.Token));
    }

    private static async Task ReadHeadAsync(Stream stream, CancellationToken cancel)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancel);
            head.Append((char)one[0]);
        }

        Assert.StartsWith("HTTP/1.1 101", head.ToString(), StringComparison.Ordinal);
    }

    private static async Task ReadPingAsync(Stream stream, CancellationToken cancel)
    {
        byte[] ping = new byte[2];
        await stream.ReadExactlyAsync(ping, cancel);
        Assert.Equal(new byte[] { 0x89, 0 }, ping);
    }

    private static async Task<int> ReadToEndAsync(Stream stream, CancellationToken cancel)
    {
        try
        {
            return await stream.ReadAsync(new byte[16], cancel);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
