using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>Devices that come with several certificates of one authority, which are of one slot.</summary>
public sealed class CertificateSessionTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<X509Certificate2> _made = [];

    [Fact]
    public async Task A_wait_ends_with_its_own_certificate_and_with_no_other_of_the_slot()
    {
        await using TestHead head = await TestHead.StartAsync();
        X509Certificate2 maker = await TrustAsync(head);
        Assert.True((await head.Gateway.Devices.CreateAsync("d", primary: AuthoritySigned.ByAny)).IsSuccess);
        X509Certificate2 first = Sign(head, maker, "d", 1), second = Sign(head, maker, "d", 2);

        Assert.Equal(200, (await GetAsync(head, first, "")).Response.StatusCode);
        Task<HttpContext> wait = GetAsync(head, second, "?wait=60");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        await RevokeAsync(head, maker, first);
        using HttpResponseMessage sent = await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""");
        HttpContext answered = await wait.WaitAsync(TimeSpan.FromSeconds(20));
        using JsonDocument page = await JsonDocument.ParseAsync(answered.Response.Body);
        Assert.Equal((200, 1), (answered.Response.StatusCode, page.RootElement.GetProperty("items").GetArrayLength()));

        wait = GetAsync(head, second, "?wait=60");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        await RevokeAsync(head, maker, first, second);
        Assert.Equal(401, (await wait.WaitAsync(TimeSpan.FromSeconds(20))).Response.StatusCode);
    }

    [Fact]
    public async Task A_wait_ends_with_its_own_certificate_when_another_of_the_slot_began_before()
    {
        await using TestHead head = await TestHead.StartAsync();
        X509Certificate2 maker = await TrustAsync(head);
        Assert.True((await head.Gateway.Devices.CreateAsync("d", primary: AuthoritySigned.ByAny)).IsSuccess);
        X509Certificate2 first = Sign(head, maker, "d", 1), second = Sign(head, maker, "d", 2);

        Assert.Equal(200, (await GetAsync(head, first, "")).Response.StatusCode);
        Task<HttpContext> wait = GetAsync(head, second, "?wait=60");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        await RevokeAsync(head, maker, second);
        Assert.Equal(401, (await wait.WaitAsync(TimeSpan.FromSeconds(20))).Response.StatusCode);
        Assert.Equal(200, (await GetAsync(head, first, "")).Response.StatusCode);
    }

    public void Dispose()
    {
        _key.Dispose();
        _made.ForEach(c => c.Dispose());
    }

    private static Task<HttpContext> GetAsync(TestHead head, X509Certificate2 certificate, string query) =>
        head.App.GetTestServer().SendAsync(context =>
        {
            context.Request.Method = "GET";
            context.Request.Path = "/v1/mailbox";
            context.Request.QueryString = new QueryString(query);
            context.Features.Set(new CallerCertificate(new PeerCertificate(certificate.RawDataMemory, [])));
        });

    private async Task<X509Certificate2> TrustAsync(TestHead head)
    {
        var request = new CertificateRequest("CN=Maker", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = head.Time.GetUtcNow();
        X509Certificate2 maker = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(5));
        _made.Add(maker);
        Result<AuthorityRecord> added = await head.Gateway.Authorities.AddAsync("maker", maker.RawDataMemory);
        X509Certificate2 proof = Sign(head, maker, added.Value!.VerificationCode, 99);
        Assert.True((await head.Gateway.Authorities.VerifyAsync("maker", proof.RawDataMemory)).IsSuccess);
        return maker;
    }

    private X509Certificate2 Sign(TestHead head, X509Certificate2 maker, string name, byte serial)
    {
        var request = new CertificateRequest("CN=" + name, _key, HashAlgorithmName.SHA256);
        DateTimeOffset now = head.Time.GetUtcNow();
        X509Certificate2 signed = request.Create(
            maker.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now.AddDays(-1), now.AddDays(1), [serial]);
        _made.Add(signed);
        return signed;
    }

    private static async Task RevokeAsync(TestHead head, X509Certificate2 maker, params X509Certificate2[] certificates)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (X509Certificate2 certificate in certificates)
            builder.AddEntry(certificate);
        DateTimeOffset now = head.Time.GetUtcNow();
        byte[] list = builder.Build(maker, certificates.Length, now.AddDays(7), HashAlgorithmName.SHA256, thisUpdate: now);
        Assert.True((await head.Gateway.Authorities.SetRevocationListAsync("maker", list)).IsSuccess);
    }
}
