using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Restante.Net.Certificates;
using Restante.Net.Transports;

namespace Restante.Net.Handshakes;

/// <summary>
/// What the handshakes of one listener share: the TLS settings with the certificate of the moment, and the limit on how many compute at a
/// time.
/// </summary>
// A semaphore whose wait handle is never asked for holds nothing to dispose of, and late handshakes still leave it.
#pragma warning disable CA1001
internal sealed class HandshakeGate
#pragma warning restore CA1001
{
    private readonly ListenerOptions _options;
    private readonly List<SslApplicationProtocol>? _alpnProtocols;
    private readonly SemaphoreSlim _places;
    private readonly HashSet<Handshake> _active = [];
    private readonly ConcurrentDictionary<(SslProtocols Protocol, SslApplicationProtocol Alpn), TlsDescription> _descriptions = new();
    private readonly ConcurrentDictionary<SslStreamCertificateContext, SslServerAuthenticationOptions> _authentications = new();
    private bool _stopped;

    public HandshakeGate(NetworkHost host, ListenerOptions options)
    {
        _options = options;
        _places = new SemaphoreSlim(options.MaxConcurrentHandshakes);
        FirstBytesTimeoutMs = (long)options.FirstBytesTimeout.TotalMilliseconds;
        HandshakeTimeoutMs = (long)options.HandshakeTimeout.TotalMilliseconds;
        MaxHandshakeBytes = options.MaxHandshakeBytes;
        if (options.Tls!.AlpnProtocols.Count > 0)
            _alpnProtocols = [.. options.Tls.AlpnProtocols.Select(static name => new SslApplicationProtocol(name))];
        Buffers = new OpenSslBuffers(host.Logger);
    }

    public long FirstBytesTimeoutMs { get; }

    public long HandshakeTimeoutMs { get; }

    public int MaxHandshakeBytes { get; }

    public int PlacesFree => _places.CurrentCount;

    public OpenSslBuffers Buffers { get; }

    /// <summary>The certificates to choose from.</summary>
    public ServerCertificates Certificates => _options.Tls!.Certificates;

    /// <summary>
    /// Settings for a handshake that begins now. One object per certificate, so that OpenSSL's context and its session tickets are shared.
    /// </summary>
    public SslServerAuthenticationOptions AuthenticationWith(ServerCertificate certificate)
    {
        SslStreamCertificateContext context = certificate.Context;
        if (_authentications.TryGetValue(context, out SslServerAuthenticationOptions? current))
            return current;
        current = _authentications.GetOrAdd(context, Create);
        foreach (SslStreamCertificateContext old in _authentications.Keys.Except(Certificates.All.Select(static live => live.Context)))
            _authentications.TryRemove(old, out _);
        return current;
    }

    public Task EnterAsync() => _places.WaitAsync();

    public void Leave() => _places.Release();

    public bool TryAdd(Handshake handshake)
    {
        lock (_active)
            return !_stopped && _active.Add(handshake);
    }

    public void Remove(Handshake handshake)
    {
        lock (_active)
            _active.Remove(handshake);
    }

    /// <summary>Gives up every handshake in progress.</summary>
    public void Stop()
    {
        Handshake[] active;
        lock (_active)
        {
            _stopped = true;
            active = [.. _active];
        }
        foreach (Handshake handshake in active)
            handshake.GiveUp(HandshakeOutcome.Stopped);
    }

    /// <summary>What was agreed upon, as an object shared by all connections that agreed upon the same.</summary>
    public TlsDescription Describe(SslStream stream) =>
        _descriptions.GetOrAdd(
            (stream.SslProtocol, stream.NegotiatedApplicationProtocol),
            static agreed => new TlsDescription(agreed.Protocol, agreed.Alpn.Protocol.IsEmpty ? null : agreed.Alpn.ToString()));

    private SslServerAuthenticationOptions Create(SslStreamCertificateContext certificate) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = _alpnProtocols,
        ClientCertificateRequired = _options.Tls!.RequestClientCertificate,
        // Client certificates are judged by the layer that knows the devices; here the peer has only proved to own the key.
#pragma warning disable CA5359
        RemoteCertificateValidationCallback = ServerTlsStream.Note,
#pragma warning restore CA5359
        CertificateChainPolicy = new X509ChainPolicy
        {
            // Nobody judges the chain here, so nothing is fetched for it.
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationFlags = X509VerificationFlags.AllFlags,
        },
        AllowRenegotiation = false,
    };
}
