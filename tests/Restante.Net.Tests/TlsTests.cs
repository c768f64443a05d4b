using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Net.Certificates;

namespace Restante.Net.Tests;

public sealed class TlsTests
{
    [Fact]
    public async Task The_best_version_is_agreed_upon_and_old_ones_are_refused()
    {
        await using TestNet net = new(tls: true);
        await using Stream newest = await net.StreamAsync();
        Assert.Equal(SslProtocols.Tls13, (await net.SessionAsync()).Connection.TlsProtocol);
        await using Stream older = await net.StreamAsync(static options => options.EnabledSslProtocols = SslProtocols.Tls12);
        Assert.Equal(SslProtocols.Tls12, (await net.SessionAsync(1)).Connection.TlsProtocol);
#pragma warning disable SYSLIB0039, CA5397 // What is refused here.
        await Assert.ThrowsAnyAsync<Exception>(() => net.StreamAsync(static options => options.EnabledSslProtocols = SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.Refused) + net.Host.Metrics.Handshakes(HandshakeOutcome.PeerClosed) == 1, "the refusal was counted");
        Assert.Equal(2, net.Host.Metrics.Handshakes(HandshakeOutcome.Done));
    }

    [Fact]
    public async Task Application_protocols_are_negotiated_and_one_that_suits_nobody_is_refused()
    {
        await using TestNet net = new(tls: true, configure: static options => options with { Tls = options.Tls! with { AlpnProtocols = ["amqp", "mqtt"] } });
        await using Stream mqtt = await net.StreamAsync(static options => options.ApplicationProtocols = [new SslApplicationProtocol("mqtt")]);
        Assert.Equal("mqtt", (await net.SessionAsync()).Connection.AlpnProtocol);
        await using Stream none = await net.StreamAsync();
        Assert.Null((await net.SessionAsync(1)).Connection.AlpnProtocol);
        ProbeSession client = await net.ConnectAsync(tls: TestNet.Trust with { AlpnProtocols = ["amqp"] });
        Assert.Equal("amqp", client.Connection.AlpnProtocol);
        await Assert.ThrowsAnyAsync<Exception>(() => net.StreamAsync(static options => options.ApplicationProtocols = [new SslApplicationProtocol("h2")]));
    }

    [Fact]
    public async Task A_client_certificate_is_asked_for_only_if_configured_and_handed_on_unjudged()
    {
        using X509Certificate2 certificate = TestNet.SelfSigned("CN=truck-17");
        await using TestNet net = new(tls: true, configure: static options => options with { Tls = options.Tls! with { RequestClientCertificate = true } });
        ProbeSession client = await net.ConnectAsync(tls: TestNet.Trust with { ClientCertificate = certificate });
        ClientCertificate? seen = (await net.SessionAsync()).Connection.TakeClientCertificate();
        Assert.Equal(certificate.RawData, seen!.Leaf.ToArray());
        Assert.Null((await net.SessionAsync()).Connection.TakeClientCertificate());
        await using Stream without = await net.StreamAsync();
        Assert.False((await net.SessionAsync(1)).Connection.HasClientCertificate);

        await using TestNet other = new(tls: true);
        await other.ConnectAsync(tls: TestNet.Trust with { ClientCertificate = certificate });
        Assert.False((await other.SessionAsync()).Connection.HasClientCertificate);
        Assert.False(client.Connection.IsEnded);
    }

    [Fact]
    public async Task A_client_does_not_trust_a_server_of_another_authority_or_name()
    {
        await using TestNet net = new(tls: true);
        using X509Certificate2 stranger = TestNet.SelfSigned("CN=stranger");
        await Assert.ThrowsAsync<AuthenticationException>(() => net.ConnectAsync(tls: new TlsClientOptions { TrustedCertificates = [stranger] }));
        await Assert.ThrowsAsync<AuthenticationException>(() => net.ConnectAsync(tls: new TlsClientOptions()));
        await Assert.ThrowsAsync<AuthenticationException>(() => net.ConnectAsync(tls: TestNet.Trust with { ServerName = "elsewhere.example" }));
    }

    [Fact]
    public async Task Garbage_instead_of_a_handshake_is_refused_and_counted()
    {
        await using TestNet net = new(tls: true);
        using Socket socket = await net.RawAsync();
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: here\r\n\r\n"u8.ToArray());
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.Refused) == 1, "the garbage was refused");
        await AssertClosed(socket);
        await Wait.Until(() => net.Host.Heartbeat.Armed == 0, "no deadline is left behind");
        Assert.Equal(0, net.SessionCount);
    }

    [Fact]
    public async Task Silent_and_slow_peers_are_given_up_in_time()
    {
        ManualTime time = new();
        await using TestNet net = new(tls: true, time: time);
        using Socket silent = await net.RawAsync();
        using Socket slow = await net.RawAsync();
        await slow.SendAsync(new byte[] { 0x16, 3, 1, 1, 0, 1 });
        using Socket gone = await net.RawAsync();
        gone.Close();
        await Wait.Until(() => net.Host.Metrics.Accepted == 3 && net.Host.Metrics.Handshakes(HandshakeOutcome.PeerClosed) == 1 && net.Host.Heartbeat.Armed == 2, "two deadlines are armed");
        time.Advance(14_750);
        Assert.Equal(0, net.Host.Metrics.Handshakes(HandshakeOutcome.TimedOut));
        time.Advance(500);
        await AssertClosed(silent);
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.TimedOut) >= 1, "the silent peer was given up");
        time.Advance(15_000);
        await AssertClosed(slow);
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.TimedOut) == 2, "the slow peer was given up");
        await Wait.Until(() => net.Listener.Reserved == 0, "their places are free");
    }

    [Fact]
    public async Task Peers_that_are_silent_or_stop_in_the_middle_of_the_handshake_hold_no_place()
    {
        ManualTime time = new();
        await using TestNet net = new(tls: true, time: time, configure: static options => options with { MaxConcurrentHandshakes = 1 });
        using Socket silent = await net.RawAsync();
        await Wait.Until(() => net.Host.Heartbeat.Armed == 1, "the silent peer is waited for");
        using Socket stuck = await net.RawAsync();
        await stuck.SendAsync(new byte[] { 0x16, 3, 1, 1, 0, 1 });
        await Wait.Until(() => net.Host.Metrics.Accepted == 2 && net.Host.Heartbeat.Armed == 2, "the stuck peer is in");
        for (int i = 0; i < 3; i++)
        {
            await using Stream stream = await net.StreamAsync();
            await stream.WriteAsync("x"u8.ToArray());
            await TestNet.ReadAsync(stream, 1);
        }

        time.Advance(31_000);
        await AssertClosed(silent);
        await AssertClosed(stuck);
        await Wait.Until(() => net.Listener.HandshakePlacesFree == 1, "no place is lost");
    }

    [Fact]
    public async Task A_new_certificate_is_used_by_new_connections_and_old_ones_stay()
    {
        string directory = Directory.CreateTempSubdirectory("restante-net-").FullName;
        DevelopmentCertificateFiles files = DevelopmentCertificates.Ensure(directory, []);
        ServerCertificate certificate = ServerCertificate.Load(files.ServerCertificatePath, files.ServerKeyPath);
        await using TestNet net = new(tls: true, configure: options => options with { Tls = options.Tls! with { Certificates = new ServerCertificates(certificate) } });
        string first = certificate.Sha256Thumbprint;
        (SslStream old, string seenFirst) = await ConnectAsync();
        Assert.Equal(first, seenFirst);

        DevelopmentCertificates.Ensure(directory, ["truck.example"]);
        (SslStream between, string seenBetween) = await ConnectAsync();
        Assert.Equal(first, seenBetween);
        certificate.Reload();
        (SslStream renewed, string seenRenewed) = await ConnectAsync();
        Assert.Equal(certificate.Sha256Thumbprint, seenRenewed);
        Assert.NotEqual(first, seenRenewed);

        await File.WriteAllTextAsync(files.ServerKeyPath, "broken");
        Assert.Throws<CertificateException>(certificate.Reload);
        (SslStream after, string seenAfter) = await ConnectAsync();
        Assert.Equal(seenRenewed, seenAfter);
        foreach (SslStream stream in new[] { old, between, renewed, after })
        {
            await stream.WriteAsync("x"u8.ToArray());
            await TestNet.ReadAsync(stream, 1);
            await stream.DisposeAsync();
        }

        async Task<(SslStream Stream, string Thumbprint)> ConnectAsync()
        {
            SslStream stream = (SslStream)await net.StreamAsync(options => options.CertificateChainPolicy = TlsClientOptions.TrustFile(files.CaCertificatePath).ToAuthenticationOptions("").CertificateChainPolicy);
            return (stream, ((X509Certificate2)stream.RemoteCertificate!).GetCertHashString(HashAlgorithmName.SHA256));
        }
    }

    [Fact]
    public async Task OpenSsl_is_told_to_release_idle_buffers()
    {
        await using TestNet net = new(tls: true);
        await using Stream stream = await net.StreamAsync();
        await net.SessionAsync();
        Assert.True(net.Listener.ReleasesOpenSslBuffers);
    }

    [Fact]
    public async Task Memory_taken_for_large_messages_is_given_back_between_them_and_nothing_is_lost()
    {
        await using TestNet net = new(tls: true);
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        int shrunk = net.Listener.OpenSslShrinks;
        for (int round = 1; round <= 20; round++)
        {
            byte[] sent = TestNet.Pattern(16_000 + round);
            await stream.WriteAsync(sent);
            Assert.Equal(sent, await TestNet.ReadAsync(stream, sent.Length));
            await Wait.Until(() => net.Listener.OpenSslShrinks >= shrunk + round, "the memory was given back");
        }
        byte[] small = TestNet.Pattern(100);
        int before = net.Listener.OpenSslShrinks;
        await stream.WriteAsync(small);
        Assert.Equal(small, await TestNet.ReadAsync(stream, small.Length));
        Assert.Equal(before, net.Listener.OpenSslShrinks);
        Assert.False(session.Connection.IsEnded);
    }

    [Fact]
    public async Task Giving_memory_back_while_both_sides_send_large_messages_harms_neither()
    {
        await using TestNet net = new(tls: true, configure: static options => options with { Limits = new ConnectionLimits { MaxPendingOutputBytes = 64 << 20 } });
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        const int Rounds = 300;
        byte[] up = TestNet.Pattern(5000);
        byte[] down = TestNet.Pattern(7000);
        int left = Rounds;
        Thread poster = new(() =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                session.Connection.Post(down, static (each, bytes) => System.Buffers.BuffersExtensions.Write(((ProbeSession)each).Connection.Output, bytes));
        });
        poster.Start();
        Task<byte[]> reading = TestNet.ReadAsync(stream, Rounds * (up.Length + down.Length));
        for (int round = 0; round < Rounds; round++)
            await stream.WriteAsync(up);
        byte[] got = await reading;
        poster.Join();
        Assert.Equal(Rounds * up.Length, session.Received);
        // Echoes and posted messages come in any order, yet each byte of them comes: the sum is what it must be.
        Assert.Equal(Rounds * (up.Sum(static one => (long)one) + down.Sum(static one => (long)one)), got.Sum(static one => (long)one));
    }

    [Fact]
    public async Task Stopping_gives_up_handshakes_in_progress()
    {
        await using TestNet net = new(tls: true);
        using Socket silent = await net.RawAsync();
        await Wait.Until(() => net.Listener.Reserved == 1, "it was accepted");
        await net.Listener.StopAsync("stop", TimeSpan.FromSeconds(1000)).WaitAsync(Wait.Limit);
        await AssertClosed(silent);
        Assert.Equal(1, net.Host.Metrics.Handshakes(HandshakeOutcome.Stopped));
    }

    private static async Task AssertClosed(Socket socket)
    {
        try
        {
            byte[] buffer = new byte[1000];
            while (await socket.ReceiveAsync(buffer).WaitAsync(Wait.Limit) > 0)
            {
                // An alert may come before the end.
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
    }
}
