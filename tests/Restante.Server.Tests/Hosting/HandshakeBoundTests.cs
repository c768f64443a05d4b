using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Restante.Net.Tests;
using Restante.Server.Configuration;
using Restante.Server.Hosting;

namespace Restante.Server.Tests.Hosting;

/// <summary>How much a client may send to Kestrel's own port before its handshake is over.</summary>
public sealed class HandshakeBoundTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
    private readonly RecordingLogs _logs = new();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_usual_chain_passes_and_what_follows_the_handshake_does_not_count(SslProtocols protocol)
    {
        await using GatewayHost host = await StartAsync(16 * 1024);
        await using SslStream client = await ConnectAsync(host, protocol, 2_048, 2_048, 2_048);
        string path = new('x', 4_000);
        var requests = new StringBuilder();
        for (int i = 0; i < 20; i++)
            requests.Append($"GET /health?{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Task writing = client.WriteAsync(Encoding.ASCII.GetBytes(requests.ToString())).AsTask();
        using var reader = new StreamReader(client);
        for (int answers = 0; answers < 20;)
        {
            string? line = await reader.ReadLineAsync();
            Assert.NotNull(line);
            answers += line.Contains("HTTP/1.1 ", StringComparison.Ordinal) ? 1 : 0;
        }

        await writing;
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Who_sends_more_is_ended_and_counted(SslProtocols protocol)
    {
        await using GatewayHost host = await StartAsync(16 * 1024);
        long before = TooLarge();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using SslStream client = await ConnectAsync(host, protocol, 6_000, 6_000, 6_000);
            await client.ReadExactlyAsync(new byte[1]); // With TLS 1.3 the client hears of it here.
        });
        await Task.Run(() => SpinWait.SpinUntil(() => TooLarge() == before + 1, TimeSpan.FromSeconds(60)));
        Assert.Equal(before + 1, TooLarge());
    }

    [Fact]
    public async Task The_limit_is_a_setting()
    {
        await using GatewayHost host = await StartAsync(64 * 1024);
        await using SslStream client = await ConnectAsync(host, SslProtocols.Tls13, 6_000, 6_000, 6_000);
        await client.WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        byte[] answer = new byte[9];
        await client.ReadExactlyAsync(answer);
        Assert.Equal("HTTP/1.1 ", Encoding.ASCII.GetString(answer));
    }

    public void Dispose()
    {
        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<GatewayHost> StartAsync(int maxHandshakeBytes) => GatewayHost.StartAsync(
        new ServerOptions
        {
            Data = _folder,
            Listen = new ListenOptions { Address = "localhost", Amqp = 0, Mqtt = 0, Https = 0 },
            Network = new NetworkOptions { MaxHandshakeBytes = maxHandshakeBytes },
        },
        _logs,
        TimeProvider.System);

    private static async Task<SslStream> ConnectAsync(GatewayHost host, SslProtocols protocol, params int[] sizes)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("localhost", host.Addresses.HttpsPort);
#pragma warning disable CA5359 // The server is the one of this test.
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocol,
            ClientCertificateContext = CertificateChains.Create(sizes),
            AllowTlsResume = false,
        });
        return stream;
    }

    /// <summary>Handshakes that took too much, of all hosts in this process; only these tests make such.</summary>
    private static long TooLarge()
    {
        long sum = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, self) =>
        {
            if (instrument.Name == "restante.net.tls.handshakes")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
                sum += tag is { Key: "outcome", Value: "too-large" } ? value : 0;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }
}
