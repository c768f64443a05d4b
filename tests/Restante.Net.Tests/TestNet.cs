using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Restante.Net.Certificates;

namespace Restante.Net.Tests;

/// <summary>A host with one listener on loopback, its sessions, and clients to it.</summary>
internal sealed class TestNet : IAsyncDisposable
{
    private static readonly Lazy<DevelopmentCertificateFiles> SharedFiles = new(() => DevelopmentCertificates.Ensure(Directory.CreateTempSubdirectory("restante-net-").FullName, []));

    private readonly ConcurrentQueue<ProbeSession> _sessions = new();

    public TestNet(bool tls = false, Func<Connection, ProbeSession>? session = null, Func<ListenerOptions, ListenerOptions>? configure = null, TimeProvider? time = null)
    {
        Host = new NetworkHost(time);
        Tls = tls;
        Certificate = ServerCertificate.Load(Files.ServerCertificatePath, Files.ServerKeyPath);
        ListenerOptions options = new()
        {
            Protocol = "test",
            Address = "localhost",
            Tls = tls ? new TlsServerOptions { Certificates = new ServerCertificates(Certificate) } : null,
        };
        Listener = Host.Listen(configure?.Invoke(options) ?? options, connection =>
        {
            ProbeSession made = session?.Invoke(connection) ?? new ProbeSession(connection);
            _sessions.Enqueue(made);
            return made;
        });
    }

    public static DevelopmentCertificateFiles Files => SharedFiles.Value;

    public static TlsClientOptions Trust => TlsClientOptions.TrustFile(Files.CaCertificatePath);

    public bool Tls { get; }

    public NetworkHost Host { get; }

    public Listener Listener { get; }

    public ServerCertificate Certificate { get; }

    public int SessionCount => _sessions.Count;

    /// <summary>A plain socket, connected; what a peer of another make would use.</summary>
    public async Task<Socket> RawAsync()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Listener.LocalEndPoint);
        return socket;
    }

    /// <summary>A stream of another make to the listener, under TLS if the listener has it.</summary>
    public async Task<Stream> StreamAsync(Action<SslClientAuthenticationOptions>? configure = null)
    {
        NetworkStream inner = new(await RawAsync(), ownsSocket: true);
        if (!Tls)
            return inner;
        SslStream stream = new(inner);
        SslClientAuthenticationOptions options = Trust.ToAuthenticationOptions("localhost");
        configure?.Invoke(options);
        await stream.AuthenticateAsClientAsync(options).WaitAsync(Wait.Limit);
        return stream;
    }

    /// <summary>A client connection on the loop under test.</summary>
    public async Task<ProbeSession> ConnectAsync(Func<Connection, ProbeSession>? session = null, ConnectionLimits? limits = null, TlsClientOptions? tls = null)
    {
        ProbeSession? made = null;
        using CancellationTokenSource timeout = new(Wait.Limit);
        await new ClientConnector(Host).ConnectAsync(
            "localhost",
            Listener.LocalEndPoint.Port,
            Tls ? tls ?? Trust : null,
            connection => made = session?.Invoke(connection) ?? new ProbeSession(connection) { OnReceive = ProbeSession.Swallow },
            limits,
            timeout.Token);
        return made!;
    }

    /// <summary>The session of the n-th connection that was accepted.</summary>
    public async Task<ProbeSession> SessionAsync(int index = 0)
    {
        await Wait.Until(() => _sessions.Count > index, "the session was made");
        return _sessions.ElementAt(index);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        foreach (ProbeSession session in _sessions)
        {
            await session.End;
            Assert.False(session.CalledTwiceAtATime);
            Assert.False(session.CalledAfterEnd);
            Assert.Equal(1, session.ClosedCalls);
        }
        await Wait.Until(() => Host.Buffers.RentedBuffers == 0, "every buffer was returned");
    }

    public static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    public static async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        using CancellationTokenSource timeout = new(Wait.Limit);
        await stream.ReadExactlyAsync(bytes, timeout.Token);
        return bytes;
    }

    public static X509Certificate2 SelfSigned(string subject)
    {
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(10));
    }
}
