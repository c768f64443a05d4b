using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Issuing;

/// <summary>The key of an issuer at work. Safe for several threads.</summary>
internal sealed class IssuerSigner : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string Generation = "2.5.4.5";
    private const int MaxCommonName = 64;
    private const int SerialBytes = 18;

    // Whoever looks at a certificate may have a clock that is behind.
    private const long BackdateMs = 300_000;

    private readonly Lock _gate = new();
    private readonly ECDsa _key;
    private readonly X509SignatureGenerator _generator;

    private IssuerSigner(string name, X509Certificate2 certificate, ECDsa key)
    {
        Name = name;
        Certificate = certificate;
        _key = key;
        _generator = X509SignatureGenerator.CreateForECDsa(key);
    }

    /// <summary>The name of the issuer.</summary>
    public string Name { get; }

    /// <summary>Its certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes a new key on the curve P-256 and a certificate of its own.</summary>
    /// <param name="name">The name of the issuer, which goes into the subject.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="lifetimeMs">How long the certificate is valid.</param>
    public static IssuerRecord Create(string name, long nowMs, long lifetimeMs)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName("Restante");
        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(0));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(At(nowMs - BackdateMs), At(nowMs + lifetimeMs));
        return new IssuerRecord { Name = name, Certificate = certificate.RawData, PrivateKey = key.ExportPkcs8PrivateKey() };
    }

    /// <summary>Takes up the key of an issuer.</summary>
    /// <exception cref="CryptographicException">It cannot be read.</exception>
    public static IssuerSigner Open(IssuerRecord record)
    {
        ECDsa key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(record.PrivateKey, out _);
            return new IssuerSigner(record.Name, X509CertificateLoader.LoadCertificate(record.Certificate), key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The generation of the device that an issued certificate is for; null when it does not say.</summary>
    public static DeviceNumber? GenerationOf(X509Certificate2 certificate)
    {
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == Generation
                && long.TryParse(part.GetSingleElementValue(), out long number))
            {
                return new DeviceNumber(number);
            }
        }

        return null;
    }

    /// <summary>Issues a certificate by which a device may connect, and nothing else.</summary>
    /// <param name="key">The device's key.</param>
    /// <param name="device">The device.</param>
    /// <param name="number">
    /// Its generation; it goes into the subject, so that the certificate is never that of a later device of this id.
    /// </param>
    /// <param name="nowMs">The time.</param>
    /// <param name="lifetimeMs">How long it is valid, if its issuer is.</param>
    public (byte[] Certificate, IssuedCertificate Record) Issue(
        PublicKey key, DeviceId device, DeviceNumber number, long nowMs, long lifetimeMs)
    {
        long from = Math.Max(nowMs - BackdateMs, PresentedCertificate.MsOf(Certificate.NotBefore));
        long until = Math.Min(nowMs + lifetimeMs, PresentedCertificate.MsOf(Certificate.NotAfter));
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40); // Positive, and of one length. [RFC 5280 4.1.2.2]
        var request = new CertificateRequest(Subject(device, number), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("restante:/devices/" + device.Value));
        request.CertificateExtensions.Add(names.Build());
        lock (_gate)
        {
            using X509Certificate2 issued = request.Create(Certificate.SubjectName, _generator, At(from), At(until), serial);
            return (issued.RawData, new IssuedCertificate
            {
                Serial = SerialNumbers.Of(serial),
                Issuer = Name,
                Device = device,
                Number = number,
                IssuedAtMs = nowMs,
                FromMs = PresentedCertificate.MsOf(issued.NotBefore),
                UntilMs = PresentedCertificate.MsOf(issued.NotAfter),
            });
        }
    }

    /// <summary>Makes the revocation list, in DER.</summary>
    public byte[] List(IReadOnlyList<IssuedCertificate> revoked, long nowMs, long lifetimeMs)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (IssuedCertificate one in revoked)
            list.AddEntry(Convert.FromHexString(one.Serial), At(one.RevokedAtMs ?? nowMs));
        X509AuthorityKeyIdentifierExtension issuer = X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false);
        lock (_gate)
        {
            return list.Build(
                Certificate.SubjectName, _generator, new BigInteger(nowMs), At(nowMs + lifetimeMs), HashAlgorithmName.SHA256, issuer,
                At(nowMs));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private static X500DistinguishedName Subject(DeviceId device, DeviceNumber number)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.Add(Generation, number.ToString(), System.Formats.Asn1.UniversalTagNumber.PrintableString);
        if (device.Value.Length <= MaxCommonName) // Longer ones stand in the alternative name only. [RFC 5280, A.1]
            subject.AddCommonName(device.Value);
        return subject.Build();
    }

    private static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
