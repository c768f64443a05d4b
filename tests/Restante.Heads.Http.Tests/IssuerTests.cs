using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Issuing;
using Restante.Core.Messages;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>Issuers and what they have issued, over REST.</summary>
public sealed class IssuerTests
{
    [Fact]
    public async Task Issuers_are_made_shown_and_removed()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage created = await head.SendAsync("POST", "/v1/issuers", """{"name":"field","lifetimeDays":10}""");
        IssuerView issuer = await TestHead.ReadAsync(created, RestanteJson.Default.IssuerView, HttpStatusCode.Created);
        Assert.Equal(("field", true, 0), (issuer.Name, issuer.Current, issuer.RevocationList!.Count));
        Assert.Equal("/v1/issuers/field", created.Headers.Location!.ToString());
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(issuer.Certificate);
        Assert.Equal(issuer.Thumbprint, certificate.GetCertHashString(HashAlgorithmName.SHA256));
        Assert.Equal(issuer, await head.GetAsync("/v1/issuers/field", RestanteJson.Default.IssuerView));
        Assert.Equal(["field"], (await head.GetAsync("/v1/issuers", RestanteJson.Default.IssuerPage)).Items.Select(i => i.Name));
        AuthorityView authority = await head.GetAsync("/v1/authorities/field", RestanteJson.Default.AuthorityView);
        Assert.Equal((issuer.Thumbprint, true), (authority.Thumbprint, authority.Verified));
        foreach (string body in new[] { "{}", """{"name":"no name"}""", """{"name":"a","lifetimeDays":0}""", """{"name":"a","key":"x"}""" })
        {
            using HttpResponseMessage refused = await head.SendAsync("POST", "/v1/issuers", body);
            await TestHead.RefusedAsync(refused, 400, "malformed");
        }

        using HttpResponseMessage again = await head.SendAsync("POST", "/v1/issuers", """{"name":"field"}""");
        await TestHead.RefusedAsync(again, 409, "conflict");
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/issuers/field");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage gone = await head.SendAsync("GET", "/v1/issuers/field");
        await TestHead.RefusedAsync(gone, 404, "not-found");
    }

    [Fact]
    public async Task What_was_issued_is_listed_and_revoked()
    {
        await using TestHead head = await TestHead.StartAsync();
        Assert.True((await head.Gateway.Issuers.CreateAsync("field")).IsSuccess);
        DeviceRecord device = (await head.Gateway.Devices.CreateAsync("truck")).Value!;
        var principal = new DevicePrincipal(device.Id, device.Number, CredentialSlot.Primary, long.MaxValue);
        for (int i = 0; i < 3; i++)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            byte[] request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
            byte[] content = new MessageContent { Body = request }.Encode();
            Assert.True((await head.Gateway.Inquiries.AskAsync(principal, GatewaySubjects.Certificate, $"q-{i}", content, null, false)).IsSuccess);
        }

        CertificatePage page = await head.GetAsync("/v1/certificates?device=truck&max=2", RestanteJson.Default.CertificatePage);
        Assert.Equal(2, page.Items.Count);
        CertificatePage rest = await head.GetAsync($"/v1/certificates?before={page.Next}", RestanteJson.Default.CertificatePage);
        CertificateView oldest = Assert.Single(rest.Items);
        Assert.Equal(
            ("field", "truck", device.Number.Value, null, null), (oldest.Issuer, oldest.Device, oldest.Generation, oldest.RevokedAt, oldest.Cause));
        Assert.Null(rest.Next);
        using HttpResponseMessage one = await head.SendAsync("POST", $"/v1/certificates/{oldest.Serial.ToLowerInvariant()}/revoke");
        CertificateView revoked = await TestHead.ReadAsync(one, RestanteJson.Default.CertificateView, HttpStatusCode.OK);
        Assert.Equal(("operator", true), (revoked.Cause, revoked.RevokedAt is not null));
        Assert.Equal(revoked, await head.GetAsync($"/v1/certificates/{oldest.Serial}", RestanteJson.Default.CertificateView));
        using HttpResponseMessage all = await head.SendAsync("POST", "/v1/devices/truck/certificates/revoke");
        Assert.Equal(2, (await TestHead.ReadAsync(all, RestanteJson.Default.CertificatePage, HttpStatusCode.OK)).Items.Count);
        Assert.Equal(3, (await head.GetAsync("/v1/issuers/field", RestanteJson.Default.IssuerView)).RevocationList!.Count);
        foreach ((string method, string path) in new[] { ("GET", "/v1/certificates/47"), ("POST", "/v1/certificates/47/revoke"), ("POST", "/v1/devices/x/certificates/revoke") })
        {
            using HttpResponseMessage none = await head.SendAsync(method, path);
            await TestHead.RefusedAsync(none, 404, "not-found");
        }
    }
}
