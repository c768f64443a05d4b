using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;
using Restante.Net;
using Restante.Net.Certificates;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>A device's certificate that nobody but itself has signed, and the certificate of a listener that it comes to.</summary>
internal sealed class Passport
{
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2 _listeners;

    public Passport(DateTimeOffset notAfter)
    {
        _own = Make("CN=truck", notAfter.AddDays(-1), notAfter);
        _listeners = Make("CN=listener", DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>What a listener shows.</summary>
    public ServerCertificates Listener => new(ServerCertificate.FromCertificate(_listeners));

    /// <summary>What the device shows and trusts.</summary>
    public TlsClientOptions Tls => new() { ClientCertificate = _own, TrustedCertificates = [_listeners] };

    /// <summary>What the registry keeps of it.</summary>
    public CertificateThumbprint Thumbprint => CertificateThumbprint.Of(_own.RawData);

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
