using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Net.Certificates;

/// <summary>
/// A listener's certificate and key. Listeners share it; after <see cref="Reload"/> new handshakes use the new one, open connections stay.
/// </summary>
public sealed class ServerCertificate
{
    private readonly string? _certificatePath;
    private readonly string? _keyPath;
    private readonly TimeProvider _timeProvider;
    private volatile Loaded _current;

    private ServerCertificate(Loaded loaded, string? certificatePath, string? keyPath, TimeProvider timeProvider)
    {
        _current = loaded;
        _certificatePath = certificatePath;
        _keyPath = keyPath;
        _timeProvider = timeProvider;
    }

    /// <summary>End of its validity.</summary>
    public DateTimeOffset NotAfter => new(_current.Certificate.NotAfter.ToUniversalTime());

    /// <summary>True for an ECDSA key, false for an RSA key.</summary>
    public bool IsEcdsa => _current.EcdsaBits > 0;

    /// <summary>The type of its key, as metrics name it: <c>ecdsa</c> or <c>rsa</c>.</summary>
    public string KeyType => IsEcdsa ? "ecdsa" : "rsa";

    /// <summary>The size of an ECDSA key; 0 for others.</summary>
    internal int KeyBits => _current.EcdsaBits;

    /// <summary>The file it came from; empty when it came from none.</summary>
    public string File => _certificatePath ?? string.Empty;

    /// <summary>DNS names and IP addresses it is valid for.</summary>
    public IReadOnlyList<string> Names => CertificateNames.Of(_current.Certificate);

    /// <summary>SHA-256 over the certificate, 64 upper-case hexadecimal digits.</summary>
    public string Sha256Thumbprint => _current.Certificate.GetCertHashString(HashAlgorithmName.SHA256);

    /// <summary>The one context that handshakes share: with it OpenSSL's own context and the session tickets.</summary>
    public SslStreamCertificateContext Context => _current.Context;

    /// <summary>Loads a certificate, followed in its file by its intermediate issuers, and its key.</summary>
    /// <exception cref="CertificateException">A file is missing, unreadable, not what it should be, or expired.</exception>
    public static ServerCertificate Load(string certificatePath, string keyPath, TimeProvider? timeProvider = null)
    {
        TimeProvider time = timeProvider ?? TimeProvider.System;
        return new ServerCertificate(Read(certificatePath, keyPath, time), certificatePath, keyPath, time);
    }

    /// <summary>
    /// Wraps a certificate with its key that is already in memory. It cannot be reloaded, but <see cref="Replace"/> works.
    /// </summary>
    public static ServerCertificate FromCertificate(X509Certificate2 certificate, X509Certificate2Collection? issuers = null) =>
        new(new Loaded(certificate, issuers), null, null, TimeProvider.System);

    /// <summary>Reads the files again. On failure the old certificate stays in use.</summary>
    /// <exception cref="CertificateException">As for <see cref="Load"/>.</exception>
    public void Reload()
    {
        if (_certificatePath is null || _keyPath is null)
            throw new InvalidOperationException("The certificate did not come from files.");
        _current = Read(_certificatePath, _keyPath, _timeProvider);
    }

    /// <summary>Takes another certificate with its key for new handshakes.</summary>
    public void Replace(X509Certificate2 certificate, X509Certificate2Collection? issuers = null) =>
        _current = new Loaded(certificate, issuers);

    /// <summary>Whole days until it expires; negative afterwards.</summary>
    public int DaysToExpiry(DateTimeOffset now) => (int)Math.Floor((NotAfter - now).TotalDays);

    private static Loaded Read(string certificatePath, string keyPath, TimeProvider timeProvider)
    {
        (X509Certificate2 certificate, X509Certificate2Collection issuers) = PemFiles.ReadPair(certificatePath, keyPath);
        if (certificate.NotAfter.ToUniversalTime() <= timeProvider.GetUtcNow().UtcDateTime)
        {
            throw new CertificateException(
                $"The certificate in {certificatePath} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}. Put a "
                    + $"renewed one there, with its key in {keyPath}.");
        }
        return new Loaded(certificate, issuers);
    }

    private sealed class Loaded
    {
        public Loaded(X509Certificate2 certificate, X509Certificate2Collection? issuers)
        {
            if (!certificate.HasPrivateKey)
                throw new CertificateException("The server certificate has no private key. Load it together with its key.");
            Certificate = certificate;
            using ECDsa? key = certificate.GetECDsaPublicKey();
            EcdsaBits = key?.KeySize ?? 0;
            Context = SslStreamCertificateContext.Create(certificate, issuers, offline: true);
        }

        public X509Certificate2 Certificate { get; }

        public SslStreamCertificateContext Context { get; }

        public int EcdsaBits { get; }
    }
}
