using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Net.Tests;

/// <summary>Chains of certificates as large as one likes.</summary>
internal static class CertificateChains
{
    private const string Filling = "1.3.6.1.4.1.55555.1";

    /// <summary>What a client presents: a certificate and those of its issuers, without the last.</summary>
    /// <param name="sizes">The bytes of each at least, the client's own first.</param>
    public static SslStreamCertificateContext Create(params int[] sizes)
    {
        var sent = new X509Certificate2Collection();
        X509Certificate2 signer = Certificate("CN=root", 0, null, isAuthority: true);
        for (int i = sizes.Length - 1; i > 0; i--)
        {
            signer = Certificate($"CN=issuer-{i}", sizes[i], signer, isAuthority: true);
            sent.Add(signer);
        }

        return SslStreamCertificateContext.Create(Certificate("CN=truck-17", sizes[0], signer, isAuthority: false), sent, offline: true);
    }

    private static X509Certificate2 Certificate(string subject, int bytes, X509Certificate2? signer, bool isAuthority)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (bytes > 0)
            request.CertificateExtensions.Add(new X509Extension(new Oid(Filling), new byte[bytes], critical: false));
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-1), until = from.AddDays(10);
        if (signer is null)
            return request.CreateSelfSigned(from, until);
        using X509Certificate2 signed = request.Create(signer, from, until, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
