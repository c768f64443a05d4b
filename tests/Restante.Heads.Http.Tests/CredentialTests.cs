using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

public sealed class CredentialTests
{
    private static readonly string s_thumbprint = new('A', 64);

    [Fact]
    public async Task A_device_is_created_with_a_certificate_and_given_other_credentials()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage created = await head.SendAsync(
            "POST", "/v1/devices", $$$$"""{"id":"a","credentials":{"primary":{"thumbprint":"{{{{s_thumbprint}}}}"}}}""");
        DeviceView view = await TestHead.ReadAsync(created, RestanteJson.Default.DeviceView, HttpStatusCode.Created);
        Assert.Equal((null, null), (view.Keys!.Primary, view.Keys.Secondary));
        CredentialsView held = await head.GetAsync("/v1/devices/a/credentials", RestanteJson.Default.CredentialsView);
        Assert.Equal(("thumbprint", s_thumbprint, "none"), (held.Primary.Kind, held.Primary.Thumbprint, held.Secondary.Kind));

        using HttpResponseMessage put = await head.SendAsync("PUT", "/v1/devices/a/credentials/secondary", """{"authority":"maker"}""");
        held = await TestHead.ReadAsync(put, RestanteJson.Default.CredentialsView, HttpStatusCode.OK);
        Assert.Equal(("authority", "maker", 2L), (held.Secondary.Kind, held.Secondary.Authority, held.Version));
        using HttpResponseMessage key = await head.SendAsync("PUT", "/v1/devices/a/credentials/primary", """{"kind":"key"}""");
        held = await TestHead.ReadAsync(key, RestanteJson.Default.CredentialsView, HttpStatusCode.OK);
        Assert.Equal(("key", null), (held.Primary.Kind, held.Primary.Key));
        Assert.IsType<SymmetricKey>((await head.Gateway.Devices.FindAsync("a")).Value!.Primary);
        using HttpResponseMessage emptied = await head.SendAsync("DELETE", "/v1/devices/a/credentials/secondary");
        held = await TestHead.ReadAsync(emptied, RestanteJson.Default.CredentialsView, HttpStatusCode.OK);
        Assert.Equal("none", held.Secondary.Kind);
        using HttpResponseMessage noSlot = await head.SendAsync("DELETE", "/v1/devices/a/credentials/third");
        await TestHead.RefusedAsync(noSlot, 404, "not-found");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"kind":"password"}""")]
    [InlineData("""{"kind":"thumbprint"}""")]
    [InlineData("""{"thumbprint":"abc"}""")]
    [InlineData("""{"kind":"none","authority":"maker"}""")]
    [InlineData("""{"authority":"no name"}""")]
    [InlineData("""{"key":"short"}""")]
    [InlineData("""{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}""")]
    public async Task What_is_no_credential_is_refused(string json)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("a");
        using HttpResponseMessage put = await head.SendAsync("PUT", "/v1/devices/a/credentials/primary", json);
        await TestHead.RefusedAsync(put, 400, "malformed");
        using HttpResponseMessage created = await head.SendAsync("POST", "/v1/devices", "{\"id\":\"b\",\"credentials\":{\"primary\":" + json + "}}");
        await TestHead.RefusedAsync(created, 400, "malformed");
    }

    [Theory]
    [InlineData("POST", "/v1/devices", """{"id":"b","keys":{"secondary":"K"}}""")]
    [InlineData("POST", "/v1/devices/a/keys/primary/rotate", """{"key":"K"}""")]
    [InlineData("PUT", "/v1/devices/a/credentials/primary", """{"key":"K"}""")]
    [InlineData("POST", "/v1/policies", """{"name":"p","rights":["send"],"primaryKey":"K"}""")]
    [InlineData("PUT", "/v1/policies/p/credentials/secondary", """{"key":"K"}""")]
    [InlineData("POST", "/v1/enrolments", """{"name":"e","kind":"key","keys":{"primary":"K"}}""")]
    [InlineData("POST", "/v1/enrolments/e/keys/primary/rotate", """{"key":"K"}""")]
    public async Task A_key_that_was_not_drawn_at_random_is_refused_with_the_way_to_draw_one(string method, string path, string json)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("a");
        string zeroes = Convert.ToBase64String(new byte[32]), digits = Convert.ToBase64String("01234567890123456789012345678901"u8);
        foreach (string key in (string[])[zeroes, digits])
        {
            using HttpResponseMessage response = await head.SendAsync(method, path, json.Replace("\"K\"", $"\"{key}\"", StringComparison.Ordinal));
            ProblemView problem = await TestHead.RefusedAsync(response, 400, "malformed");
            Assert.Contains("openssl rand", problem.Detail, StringComparison.Ordinal);
            Assert.DoesNotContain(key, problem.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_export_carries_credentials_to_an_import()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.Gateway.Devices.CreateAsync("a", primary: new AuthoritySigned("maker"), secondary: CertificateThumbprint.Of([1]));
        await head.Gateway.Devices.CreateAsync("b", primary: AuthoritySigned.ByAny);
        await head.AddDeviceAsync("c");
        using HttpResponseMessage exported = await head.SendAsync("GET", "/v1/devices/export");
        string lines = await exported.Content.ReadAsStringAsync();
        await using TestHead other = await TestHead.StartAsync();
        using var body = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using HttpResponseMessage imported = await other.Client.PostAsync("/v1/devices/import", body);
        DeviceImportView done = await TestHead.ReadAsync(imported, RestanteJson.Default.DeviceImportView, HttpStatusCode.OK);
        Assert.Equal((3, 0), (done.Created, done.Failed));
        foreach (string id in new[] { "a", "b" })
        {
            DeviceRecord before = (await head.Gateway.Devices.FindAsync(id)).Value!, after = (await other.Gateway.Devices.FindAsync(id)).Value!;
            Assert.Equal((before.Primary, before.Secondary), (after.Primary, after.Secondary));
        }

        Assert.IsType<SymmetricKey>((await other.Gateway.Devices.FindAsync("c")).Value!.Primary);
    }

    [Fact]
    public async Task An_authority_is_registered_verified_listed_and_removed()
    {
        await using TestHead head = await TestHead.StartAsync();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Maker", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = head.Time.GetUtcNow();
        using X509Certificate2 maker = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(5));
        using HttpResponseMessage added = await head.SendAsync(
            "POST", "/v1/authorities", $$"""{"name":"maker","certificate":"{{Json(maker)}}"}""");
        AuthorityView view = await TestHead.ReadAsync(added, RestanteJson.Default.AuthorityView, HttpStatusCode.Created);
        Assert.Equal(("CN=Maker", false, null), (view.Subject, view.Verified, view.RevocationList));
        Assert.NotNull(view.VerificationCode);

        using HttpResponseMessage noProof = await head.SendAsync("POST", "/v1/authorities/maker/verify", $$"""{"certificate":"{{Json(maker)}}"}""");
        await TestHead.RefusedAsync(noProof, 400, "malformed");
        var proof = new CertificateRequest($"CN={view.VerificationCode}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 signed = proof.Create(
            maker.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddDays(-1), now.AddDays(1), [1, 2, 3]);
        using HttpResponseMessage verified = await head.SendAsync("POST", "/v1/authorities/maker/verify", $$"""{"certificate":"{{Json(signed)}}"}""");
        view = await TestHead.ReadAsync(verified, RestanteJson.Default.AuthorityView, HttpStatusCode.OK);
        Assert.Equal((true, null), (view.Verified, view.VerificationCode));

        using var list = new ByteArrayContent(new CertificateRevocationListBuilder().Build(maker, 1, now.AddDays(7), HashAlgorithmName.SHA256, thisUpdate: now));
        using HttpResponseMessage put = await head.Client.PutAsync("/v1/authorities/maker/revocation-list", list);
        view = await TestHead.ReadAsync(put, RestanteJson.Default.AuthorityView, HttpStatusCode.OK);
        Assert.Equal((0, now.AddDays(7)), (view.RevocationList!.Count, view.RevocationList.NextUpdate));
        Assert.Single((await head.GetAsync("/v1/authorities", RestanteJson.Default.AuthorityPage)).Items);
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/authorities/maker");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage gone = await head.SendAsync("GET", "/v1/authorities/maker");
        await TestHead.RefusedAsync(gone, 404, "not-found");
    }

    [Fact]
    public async Task A_narrowed_token_is_good_for_its_path_only()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("a");
        await head.AddDeviceAsync("b");
        PolicyRecord policy = (await head.Gateway.Policies.CreateAsync("desk", Rights.RegistryRead | Rights.Send)).Value!;
        string token = SharedAccessSignature.Create(
            "gateway.example/devices/a", policy.PrimaryKey, head.Time.GetUtcNow().ToUnixTimeSeconds() + 60, "desk");
        foreach ((string path, HttpStatusCode expected) in new[]
        {
            ("/v1/devices/a", HttpStatusCode.OK),
            ("/v1/devices/a/credentials", HttpStatusCode.OK),
            ("/v1/devices/b", HttpStatusCode.Forbidden),
            ("/v1/devices", HttpStatusCode.Forbidden),
            ("/v1/authorities", HttpStatusCode.Forbidden),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", token);
            using HttpResponseMessage response = await head.Anonymous.SendAsync(request);
            Assert.Equal((path, expected), (path, response.StatusCode));
        }
    }

    private static string Json(X509Certificate2 certificate) => certificate.ExportCertificatePem().ReplaceLineEndings("\\n");
}
