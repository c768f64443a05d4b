using System.Security.Cryptography.X509Certificates;
using Restante.Net.Certificates;

namespace Restante.Net.Tests;

public sealed class CertificateTests : IDisposable
{
    private readonly string _directory = Path.Combine(Directory.CreateTempSubdirectory("restante-net-").FullName, "certs");
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true);

    [Fact]
    public void What_is_missing_is_made_and_what_is_good_is_kept()
    {
        DevelopmentCertificateFiles made = Ensure("Gateway.example", "10.1.2.3");
        Assert.True(made.CreatedCa && made.IssuedServer);
        ServerCertificate certificate = Load(made);
        Assert.Superset(new HashSet<string> { "localhost", "127.0.0.1", "::1", "gateway.example", "10.1.2.3" }, new HashSet<string>(certificate.Names));
        Assert.Equal(398, certificate.DaysToExpiry(_time.GetUtcNow()));
        DevelopmentCertificateFiles again = Ensure("10.1.2.3", "gateway.EXAMPLE");
        Assert.False(again.CreatedCa || again.IssuedServer);
        Assert.Equal(certificate.Sha256Thumbprint, Load(again).Sha256Thumbprint);
        Assert.Empty(Directory.GetFiles(_directory, "*.new"));
    }

    [Fact]
    public void Keys_are_readable_by_the_owner_only()
    {
        if (OperatingSystem.IsWindows())
            return;
        DevelopmentCertificateFiles files = Ensure();
        foreach (string path in new[] { files.CaKeyPath, files.ServerKeyPath })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory));
    }

    [Fact]
    public void The_server_certificate_is_issued_again_when_names_change_or_it_is_about_to_expire_and_the_authority_stays()
    {
        DevelopmentCertificateFiles first = Ensure();
        string authority = File.ReadAllText(first.CaCertificatePath);
        Assert.True(Ensure("added.example").IssuedServer);
        Assert.False(Ensure("added.example").IssuedServer);
        _time.Advance(TimeSpan.FromDays(367));
        Assert.False(Ensure("added.example").IssuedServer);
        _time.Advance(TimeSpan.FromDays(2));
        DevelopmentCertificateFiles renewed = Ensure("added.example");
        Assert.True(renewed.IssuedServer);
        Assert.False(renewed.CreatedCa);
        Assert.Equal(authority, File.ReadAllText(first.CaCertificatePath));
        Assert.Equal(398, Load(renewed).DaysToExpiry(_time.GetUtcNow()));
    }

    [Fact]
    public void The_server_certificate_chains_to_the_authority_and_serves_servers_only()
    {
        DevelopmentCertificateFiles files = Ensure();
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(files.CaCertificatePath);
        using X509Certificate2 server = X509CertificateLoader.LoadCertificateFromFile(files.ServerCertificatePath);
        Assert.True(server.MatchesHostname("localhost"));
        Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(server.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>()).Value);
        Assert.False(server.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.True(authority.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(10, authority.NotAfter.ToUniversalTime().Year - _time.GetUtcNow().Year);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        Assert.True(chain.Build(server));
    }

    [Fact]
    public void A_torn_pair_of_the_server_is_issued_again()
    {
        DevelopmentCertificateFiles files = Ensure();
        File.Copy(files.CaKeyPath, files.ServerKeyPath, overwrite: true);
        Assert.True(Ensure().IssuedServer);
        File.WriteAllText(files.ServerCertificatePath, File.ReadAllText(files.ServerCertificatePath)[..200]);
        Assert.True(Ensure().IssuedServer);
        Load(files);
    }

    [Fact]
    public void A_lost_key_of_the_authority_is_told_with_the_way_to_mend_it()
    {
        DevelopmentCertificateFiles files = Ensure();
        File.Delete(files.CaKeyPath);
        CertificateException lost = Assert.Throws<CertificateException>(() => Ensure());
        Assert.Contains(files.CaKeyPath, lost.Message, StringComparison.Ordinal);
        Assert.Contains("Put the file back", lost.Message, StringComparison.Ordinal);
        Assert.Contains("delete " + files.CaCertificatePath, lost.Message, StringComparison.Ordinal);
        File.Delete(files.CaCertificatePath);
        Assert.True(Ensure() is { CreatedCa: true, IssuedServer: true });
    }

    [Theory]
    [InlineData("certificate missing", "does not exist")]
    [InlineData("key missing", "does not exist")]
    [InlineData("certificate empty", "holds no certificate")]
    [InlineData("certificate broken", "cannot be decoded")]
    [InlineData("key empty", "holds no private key")]
    [InlineData("key encrypted", "is encrypted")]
    [InlineData("key of another", "does not belong")]
    [InlineData("expired", "expired on 2027-02-03")]
    public void What_is_wrong_with_a_file_is_told(string what, string told)
    {
        DevelopmentCertificateFiles files = Ensure();
        switch (what)
        {
            case "certificate missing":
                File.Delete(files.ServerCertificatePath);
                break;
            case "key missing":
                File.Delete(files.ServerKeyPath);
                break;
            case "certificate empty":
                File.WriteAllText(files.ServerCertificatePath, "");
                break;
            case "certificate broken":
                File.WriteAllText(files.ServerCertificatePath, "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n");
                break;
            case "key empty":
                File.WriteAllText(files.ServerKeyPath, "");
                break;
            case "key encrypted":
                File.WriteAllText(files.ServerKeyPath, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
                break;
            case "key of another":
                File.Copy(files.CaKeyPath, files.ServerKeyPath, overwrite: true);
                break;
            default:
                _time.Advance(TimeSpan.FromDays(400));
                break;
        }
        CertificateException exception = Assert.Throws<CertificateException>(() => Load(files));
        Assert.Contains(told, exception.Message, StringComparison.Ordinal);
        Assert.Contains(_directory, exception.Message, StringComparison.Ordinal);
    }

    private DevelopmentCertificateFiles Ensure(params string[] names) => DevelopmentCertificates.Ensure(_directory, names, _time);

    private ServerCertificate Load(DevelopmentCertificateFiles files) => ServerCertificate.Load(files.ServerCertificatePath, files.ServerKeyPath, _time);
}
