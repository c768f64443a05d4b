using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Identity;

/// <summary>A maker of devices: its certificate authority, and what that signs, as PEM files.</summary>
public sealed class Maker : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("restante-maker-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public Maker(string name)
    {
        CertificateRequest request = AuthorityRequest(name, _key);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(10));
    }

    /// <summary>Registers the authority under a name and proves to have its key.</summary>
    public async Task RegisterAsync(GatewayProcess gateway, string name)
    {
        string pem = _certificate.ExportCertificatePem().ReplaceLineEndings("\\n");
        using HttpResponseMessage added = await gateway.Http.PostAsync(
            "/v1/authorities", GatewayProcess.Json($$"""{"name":"{{name}}","certificate":"{{pem}}"}"""));
        string body = await added.Content.ReadAsStringAsync();
        Assert.True(added.IsSuccessStatusCode, body);
        using var json = global::System.Text.Json.JsonDocument.Parse(body);
        string code = json.RootElement.GetProperty("verificationCode").GetString()!;
        string proof = (await File.ReadAllTextAsync(Sign(code).Certificate)).ReplaceLineEndings("\\n");
        using HttpResponseMessage verified = await gateway.Http.PostAsync(
            $"/v1/authorities/{name}/verify", GatewayProcess.Json($$"""{"certificate":"{{proof}}"}"""));
        Assert.True(verified.IsSuccessStatusCode, await verified.Content.ReadAsStringAsync());
    }

    /// <summary>Signs a certificate for a device.</summary>
    /// <param name="commonName">The device.</param>
    /// <param name="byFactory">Whether an intermediate signs it, whose certificate is then in the file as well.</param>
    public (string Certificate, string Key) Sign(string commonName, bool byFactory = false)
    {
        using ECDsa factoryKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2? factory = byFactory ? Issue(AuthorityRequest("Factory", factoryKey), _certificate, _key) : null;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using X509Certificate2 signed = Issue(request, factory ?? _certificate, byFactory ? factoryKey : _key);
        (string Certificate, string Key) files = (Path.Combine(_directory, commonName + ".crt"), Path.Combine(_directory, commonName + ".key"));
        File.WriteAllText(files.Certificate, signed.ExportCertificatePem() + "\n" + factory?.ExportCertificatePem() + "\n");
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static CertificateRequest AuthorityRequest(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request;
    }

    private static X509Certificate2 Issue(CertificateRequest request, X509Certificate2 issuer, ECDsa key)
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = 1;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddDays(-1), now.AddDays(30), serial);
    }
}
