using System.Net.Security;
using System.Security.Authentication;

namespace Restante.Net.Tests;

/// <summary>How much a peer may say before its handshake is over, and what of it is looked at.</summary>
public sealed class HandshakeSizeTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_usual_chain_passes_and_what_follows_the_handshake_does_not_count(SslProtocols protocol)
    {
        await using TestNet net = Asking();
        SslStreamCertificateContext chain = CertificateChains.Create(2_048, 2_048, 2_048);
        await using Stream stream = await ConnectAsync(net, chain, protocol);
        byte[] sent = TestNet.Pattern(100_000);
        Task writing = stream.WriteAsync(sent).AsTask(); // With TLS 1.3 right behind the end of the handshake.
        Assert.Equal(sent, await TestNet.ReadAsync(stream, sent.Length));
        await writing;
        ClientCertificate? seen = (await net.SessionAsync()).Connection.TakeClientCertificate();
        Assert.Equal(2, seen!.Issuers.Count);
        Assert.Equal(0, net.Host.Metrics.CertificatesTooLarge);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Who_sends_more_is_ended_before_its_certificates_are_looked_at(SslProtocols protocol)
    {
        await using TestNet net = Asking();
        SslStreamCertificateContext chain = CertificateChains.Create(6_000, 6_000, 6_000);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using Stream stream = await ConnectAsync(net, chain, protocol);
            await TestNet.ReadAsync(stream, 1); // With TLS 1.3 the client hears of it here.
        });
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.TooLarge) == 1, "it was counted");
        await Wait.Until(() => net.Listener.Reserved == 0 && net.Listener.HandshakePlacesFree == 64, "no place is lost");
        Assert.Equal((0, 0), (net.SessionCount, net.Host.Metrics.Handshakes(HandshakeOutcome.Done)));

        await using TestNet larger = Asking(64 * 1024);
        await using Stream taken = await ConnectAsync(larger, chain, protocol);
        Assert.Equal(2, (await larger.SessionAsync()).Connection.TakeClientCertificate()!.Issuers.Count);
    }

    [Fact]
    public async Task A_certificate_that_is_too_large_counts_as_none_and_an_issuers_is_left_out()
    {
        await using TestNet net = Asking(128 * 1024);
        await using Stream own = await ConnectAsync(net, CertificateChains.Create(ClientCertificate.MaxBytes), SslProtocols.Tls13);
        Assert.False((await net.SessionAsync()).Connection.HasClientCertificate);
        Assert.Equal(1, net.Host.Metrics.CertificatesTooLarge);
        SslStreamCertificateContext chain = CertificateChains.Create(100, 100, ClientCertificate.MaxBytes, 100);
        await using Stream issuers = await ConnectAsync(net, chain, SslProtocols.Tls13);
        ClientCertificate? seen = (await net.SessionAsync(1)).Connection.TakeClientCertificate();
        Assert.Equal(2, seen!.Issuers.Count);
        Assert.Equal(2, net.Host.Metrics.CertificatesTooLarge);
    }

    [Theory]
    [InlineData(4_095)]
    [InlineData(131_073)]
    public void The_limit_has_a_range(int bytes) => Assert.Throws<ArgumentException>(() => Asking(bytes));

    private static TestNet Asking(int maxBytes = 16 * 1024) => new(
        tls: true,
        configure: options => options with
        {
            MaxHandshakeBytes = maxBytes,
            Tls = options.Tls! with { RequestClientCertificate = true },
        });

    private static Task<Stream> ConnectAsync(TestNet net, SslStreamCertificateContext chain, SslProtocols protocol) =>
        net.StreamAsync(options =>
        {
            options.ClientCertificateContext = chain;
            options.EnabledSslProtocols = protocol;
            options.AllowTlsResume = false;
        });
}
