using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Net.Certificates;

/// <summary>
/// A private certificate authority for development and tests, and a server certificate from it; ECDSA on P-256. The CA lasts 10 years, the
/// server certificate 398 days; it is issued again when its names change or it has 30 days left, and the CA stays, so that trust in it
/// lasts.
/// </summary>
public static class DevelopmentCertificates
{
    private const int RenewalDays = 30;
    private const int ServerDays = 398;
    private const string ServerAuthenticationOid = "1.3.6.1.5.5.7.3.1";

    /// <summary>
    /// Makes whatever is missing in a directory: <c>ca.pem</c>, <c>ca-key.pem</c>, <c>server.pem</c>, <c>server-key.pem</c>.
    /// </summary>
    /// <param name="directory">Made if it does not exist, for the owner only.</param>
    /// <param name="names">DNS names and IP addresses, besides localhost, the loopback addresses, and the machine's name.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    /// <exception cref="CertificateException">A file is unreadable or wrong, or the CA has expired; the message tells how to mend
    /// it.</exception>
    public static DevelopmentCertificateFiles Ensure(string directory, IEnumerable<string> names, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        DateTimeOffset now = (timeProvider ?? TimeProvider.System).GetUtcNow();
        string[] wanted =
        [
            .. names.Append(Environment.MachineName).Concat(["localhost", "127.0.0.1", "::1"])
                .Select(CertificateNames.Normal).Where(static name => name.Length > 0).Distinct(),
        ];
        MakeDirectory(directory);
        DevelopmentCertificateFiles files = new(
            Path.Combine(directory, "ca.pem"),
            Path.Combine(directory, "ca-key.pem"),
            Path.Combine(directory, "server.pem"),
            Path.Combine(directory, "server-key.pem"),
            CreatedCa: false,
            IssuedServer: false);
        if (!File.Exists(files.CaCertificatePath))
        {
            CreateAuthority(files, now);
            files = files with { CreatedCa = true };
        }
        using X509Certificate2 authority = LoadAuthority(files, now);
        if (!IsServerCertificateGood(files, authority, wanted, now))
        {
            IssueServer(files, authority, wanted, now);
            files = files with { IssuedServer = true };
        }
        return files;
    }

    private static void MakeDirectory(string directory)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"The directory {directory} cannot be made. Make it, or choose another.", exception);
        }
    }

    private static void CreateAuthority(DevelopmentCertificateFiles files, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(
            $"CN=Restante development CA {RandomNumberGenerator.GetHexString(8, lowercase: true)}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddYears(10));
        // The key first: a certificate without its key cannot be mended, the other way round it is made anew.
        PemFiles.WriteKey(files.CaKeyPath, key.ExportPkcs8PrivateKeyPem());
        PemFiles.WriteCertificate(files.CaCertificatePath, certificate.ExportCertificatePem());
    }

    private static X509Certificate2 LoadAuthority(DevelopmentCertificateFiles files, DateTimeOffset now)
    {
        X509Certificate2 authority;
        if (!File.Exists(files.CaKeyPath))
        {
            throw new CertificateException(
                $"The key of the development CA, {files.CaKeyPath}, is missing; a backup without keys lacks it. Put the file back, or "
                    + $"delete {files.CaCertificatePath} to have a new development CA made: every client then needs the new ca.pem.");
        }

        try
        {
            (authority, _) = PemFiles.ReadPair(files.CaCertificatePath, files.CaKeyPath);
        }
        catch (CertificateException exception)
        {
            throw new CertificateException(
                exception.Message + $" Or delete {files.CaCertificatePath} to have a new development CA "
                    + "made, which everyone then has to trust anew.",
                exception);
        }
        if (authority.NotAfter.ToUniversalTime() > now.UtcDateTime.AddDays(RenewalDays))
            return authority;
        authority.Dispose();
        throw new CertificateException(
            $"The development CA in {files.CaCertificatePath} has expired or is about to. Delete it to have a new one "
                + "made, which everyone then has to trust anew.");
    }

    private static bool IsServerCertificateGood(
        DevelopmentCertificateFiles files, X509Certificate2 authority, string[] names, DateTimeOffset now)
    {
        if (!File.Exists(files.ServerCertificatePath) || !File.Exists(files.ServerKeyPath))
            return false;
        X509Certificate2 certificate;
        try
        {
            (certificate, _) = PemFiles.ReadPair(files.ServerCertificatePath, files.ServerKeyPath);
        }
        catch (CertificateException)
        {
            // Half written or damaged: nobody trusts this certificate by itself, so another one does no harm.
            return false;
        }
        using (certificate)
        {
            return certificate.NotAfter.ToUniversalTime() > now.UtcDateTime.AddDays(RenewalDays)
                && CertificateNames.AreExactly(certificate, names)
                && IsIssuedBy(certificate, authority, now);
        }
    }

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(certificate);
    }

    private static void IssueServer(DevelopmentCertificateFiles files, X509Certificate2 authority, string[] names, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Restante development server", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthenticationOid)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
                authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        request.CertificateExtensions.Add(alternatives.Build());
        byte[] serialNumber = RandomNumberGenerator.GetBytes(16);
        serialNumber[0] = (byte)((serialNumber[0] & 0x7F) | 0x40);
        DateTimeOffset end = now.AddDays(ServerDays);
        DateTimeOffset authorityEnd = new(authority.NotAfter.ToUniversalTime());
        using X509Certificate2 certificate = request.Create(
            authority, now.AddHours(-1), end < authorityEnd ? end : authorityEnd, serialNumber);
        PemFiles.WriteKey(files.ServerKeyPath, key.ExportPkcs8PrivateKeyPem());
        PemFiles.WriteCertificate(files.ServerCertificatePath, certificate.ExportCertificatePem());
    }
}
