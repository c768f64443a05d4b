using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;

namespace Restante.Core.Tests.Support;

/// <summary>
/// A certificate authority of the tests' own, with what it signs. Its times are around those of <see cref="ManualTime"/>.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    public const string ForClients = "1.3.6.1.5.5.7.3.2";
    public const string ForServers = "1.3.6.1.5.5.7.3.1";

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private readonly List<(byte[] Serial, DateTimeOffset At)> _revoked = [];
    private int _lists;

    public TestAuthority(string name, TestAuthority? signer = null, DateTimeOffset? notAfter = null, bool isAuthority = true)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        DateTimeOffset end = notAfter ?? Start.AddYears(10);
        using X509Certificate2 bare = signer is null
            ? request.CreateSelfSigned(Start.AddYears(-1), end)
            : request.Create(signer._certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(signer._key), Start.AddYears(-1), end, NewSerial());
        _certificate = X509CertificateLoader.LoadCertificate(bare.RawData);
    }

    public byte[] Certificate => _certificate.RawData;

    /// <summary>Signs a certificate.</summary>
    public byte[] Sign(
        string? commonName,
        string? dns = null,
        string? uri = null,
        string? usage = ForClients,
        DateTimeOffset? notBefore = null,
        DateTimeOffset? notAfter = null,
        X509KeyUsageFlags? keyUsage = X509KeyUsageFlags.DigitalSignature)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(key, commonName, dns, uri, usage, keyUsage);
        using X509Certificate2 signed = request.Create(
            _certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_key),
            notBefore ?? Start.AddDays(-1),
            notAfter ?? Start.AddDays(30),
            NewSerial());
        return signed.RawData;
    }

    /// <summary>Signs a certificate for a key of whatever kind.</summary>
    public byte[] SignKey(string commonName, PublicKey key)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={commonName}"), key, HashAlgorithmName.SHA256);
        using X509Certificate2 signed = request.Create(
            _certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), Start.AddDays(-1), Start.AddDays(30), NewSerial());
        return signed.RawData;
    }

    /// <summary>A certificate that nobody but itself has signed.</summary>
    public static byte[] SelfSigned(
        string commonName, string? usage = null, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(key, commonName, null, null, usage, null);
        using X509Certificate2 own = request.CreateSelfSigned(notBefore ?? Start.AddDays(-1), notAfter ?? Start.AddDays(30));
        return own.RawData;
    }

    /// <summary>Names a certificate in the lists that follow.</summary>
    public void Revoke(byte[] certificate)
    {
        using X509Certificate2 read = X509CertificateLoader.LoadCertificate(certificate);
        _revoked.Add((read.SerialNumberBytes.ToArray(), Start));
    }

    /// <summary>The revocation list in DER.</summary>
    public byte[] List(DateTimeOffset? made = null, DateTimeOffset? next = null)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach ((byte[] serial, DateTimeOffset at) in _revoked)
            builder.AddEntry(serial, at);
        return builder.Build(
            _certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_key),
            ++_lists,
            next ?? Start.AddDays(7),
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false),
            made ?? Start.AddMinutes(_lists - 60));
    }

    public static PeerCertificate Peer(byte[] leaf, params byte[][] issuers) => new(leaf, [.. issuers.Select(i => (ReadOnlyMemory<byte>)i)]);

    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }

    private static CertificateRequest Request(
        ECDsa key, string? commonName, string? dns, string? uri, string? usage, X509KeyUsageFlags? keyUsage)
    {
        var request = new CertificateRequest(commonName is null ? "O=Example" : $"O=Example, CN={commonName}", key, HashAlgorithmName.SHA256);
        if (usage is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (keyUsage is X509KeyUsageFlags flags)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(flags, true));
        if (dns is null && uri is null)
            return request;
        var names = new SubjectAlternativeNameBuilder();
        if (dns is not null)
            names.AddDnsName(dns);
        if (uri is not null)
            names.AddUri(new Uri(uri));
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    private static byte[] NewSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        serial[0] |= 0x01;
        return serial;
    }
}
