using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;

namespace Restante.Storage.Conformance.Certificates;

/// <summary>A device's certificate that nobody but itself has signed, and the certificate of a listener that it comes to.</summary>
public sealed class Passport
{
    public Passport(DateTimeOffset notAfter)
    {
        Own = Make("CN=truck", notAfter.AddDays(-1), notAfter);
        Listeners = Make("CN=listener", DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>What the device shows.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>What the listener shows and the device trusts.</summary>
    public X509Certificate2 Listeners { get; }

    /// <summary>What the registry keeps of the device's.</summary>
    public CertificateThumbprint Thumbprint => CertificateThumbprint.Of(Own.RawData);

    private static X509Certificate2 Make(string subject, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(notBefore, notAfter);
    }
}
