using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Net.Certificates;

namespace Restante.Net.Tests;

/// <summary>An ECDSA and an RSA certificate side by side on one listener.</summary>
public sealed class CertificateChoiceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("restante-net-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Who_can_check_ecdsa_gets_it_and_others_rsa()
    {
        await using TestNet net = Net(Both());
        Assert.Equal("ecdsa", await ConnectAsync(net, static _ => { }));
        Assert.Equal("ecdsa", await ConnectAsync(net, static options => options.EnabledSslProtocols = SslProtocols.Tls12));
        Assert.Equal("rsa", await ConnectAsync(net, RsaOnly));
    }

    [Fact]
    public async Task A_first_message_that_comes_byte_by_byte_is_waited_for()
    {
        await using TestNet net = Net(Both());
        Assert.Equal("rsa", await ConnectAsync(net, RsaOnly, slowly: true));
        Assert.Equal("ecdsa", await ConnectAsync(net, static _ => { }, slowly: true));
    }

    [Fact]
    public async Task Garbage_and_hanging_up_end_as_without_a_choice()
    {
        await using TestNet net = Net(Both());
        using Socket garbage = await net.RawAsync();
        await garbage.SendAsync("GET / HTTP/1.1\r\nHost: here\r\n\r\n"u8.ToArray());
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.Refused) == 1, "the garbage was refused");
        using Socket gone = await net.RawAsync();
        await gone.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0 });
        gone.Close();
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.PeerClosed) == 1, "who hung up was noticed");
        await Wait.Until(() => net.Host.Heartbeat.Armed == 0, "no deadline is left behind");
    }

    [Fact]
    public async Task A_peer_that_stops_in_its_first_message_is_given_up_in_time()
    {
        ManualTime time = new();
        await using TestNet net = Net(Both(), time);
        using Socket slow = await net.RawAsync();
        await slow.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0 });
        await Wait.Until(() => net.Host.Metrics.Accepted == 1 && net.Host.Heartbeat.Armed == 1, "a deadline is armed");
        Assert.Equal("ecdsa", await ConnectAsync(net, static _ => { }));
        time.Advance(31_000);
        await Wait.Until(() => net.Host.Metrics.Handshakes(HandshakeOutcome.TimedOut) == 1, "the slow peer was given up");
    }

    [Fact]
    public async Task Both_are_read_again_or_none()
    {
        ServerCertificates certificates = Both();
        await using TestNet net = Net(certificates);
        string[] before = [.. certificates.All.Select(certificate => certificate.Sha256Thumbprint)];
        WriteEcdsa();
        string rsa = await File.ReadAllTextAsync(Path.Combine(_directory, "rsa.crt"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "rsa.crt"), "broken");
        Assert.Throws<CertificateException>(certificates.Reload);
        Assert.Equal(before, certificates.All.Select(certificate => certificate.Sha256Thumbprint));
        Assert.Equal("ecdsa", await ConnectAsync(net, static _ => { }));
        await File.WriteAllTextAsync(Path.Combine(_directory, "rsa.crt"), rsa);
        certificates.Reload();
        Assert.NotEqual(before[0], certificates.All[0].Sha256Thumbprint);
        Assert.Equal(before[1], certificates.All[1].Sha256Thumbprint);
        Assert.Equal("rsa", await ConnectAsync(net, RsaOnly));
    }

    [Fact]
    public void Two_of_one_type_are_refused()
    {
        (string, string) ecdsa = WriteEcdsa();
        CertificateException refusal = Assert.Throws<CertificateException>(() => ServerCertificates.Load([ecdsa, ecdsa], TimeProvider.System));
        Assert.Contains("both have ecdsa keys", refusal.Message, StringComparison.Ordinal);
        Assert.False(ServerCertificates.Load([ecdsa], TimeProvider.System).HasChoice);
        Assert.Equal(["ecdsa", "rsa"], ServerCertificates.Load([WriteRsa(), ecdsa], TimeProvider.System).All.Select(certificate => certificate.KeyType));
    }

    private ServerCertificates Both() => ServerCertificates.Load([WriteRsa(), WriteEcdsa()], TimeProvider.System);

    private static TestNet Net(ServerCertificates certificates, TimeProvider? time = null) => new(
        tls: true, time: time, configure: options => options with { Tls = options.Tls! with { Certificates = certificates } });

    private static void RsaOnly(SslClientAuthenticationOptions options)
    {
        options.EnabledSslProtocols = SslProtocols.Tls12;
#pragma warning disable CA1416 // The tests run on Linux.
        options.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]);
#pragma warning restore CA1416
    }

    /// <returns>The type of the key that the server has shown.</returns>
    private static async Task<string> ConnectAsync(TestNet net, Action<SslClientAuthenticationOptions> configure, bool slowly = false)
    {
        Stream inner = new NetworkStream(await net.RawAsync(), ownsSocket: true);
        await using SslStream stream = new(slowly ? new ByteByByte(inner) : inner);
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
#pragma warning disable CA5359 // Which certificate it is is looked at below.
        options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        configure(options);
        await stream.AuthenticateAsClientAsync(options).WaitAsync(Wait.Limit);
        await stream.WriteAsync("x"u8.ToArray());
        await TestNet.ReadAsync(stream, 1);
        using var shown = new X509Certificate2(stream.RemoteCertificate!);
        using ECDsa? key = shown.GetECDsaPublicKey();
        return key is null ? "rsa" : "ecdsa";
    }

    private (string Certificate, string Key) WriteEcdsa()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Write("ecdsa", new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256), key.ExportPkcs8PrivateKeyPem());
    }

    private (string Certificate, string Key) WriteRsa()
    {
        using RSA key = RSA.Create(2_048);
        return Write("rsa", new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), key.ExportPkcs8PrivateKeyPem());
    }

    private (string Certificate, string Key) Write(string name, CertificateRequest request, string key)
    {
        (string Certificate, string Key) files = (Path.Combine(_directory, name + ".crt"), Path.Combine(_directory, name + ".key"));
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(files.Certificate, made.ExportCertificatePem());
        File.WriteAllText(files.Key, key);
        return files;
    }

    /// <summary>Sends each byte by itself.</summary>
    private sealed class ByteByByte(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (int i = 0; i < buffer.Length; i++)
            {
                await inner.WriteAsync(buffer.Slice(i, 1), cancellationToken);
                await Task.Yield();
            }
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
