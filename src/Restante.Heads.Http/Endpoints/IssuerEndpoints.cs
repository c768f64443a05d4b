using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Issuing;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary>
/// <c>/v1/issuers</c>: the gateway's own issuers of certificates; and <c>/v1/certificates</c>: what they have issued.
/// </summary>
internal sealed class IssuerEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string OfIssuers = "Issuers";
    private const string OfCertificates = "Issued certificates";

    private static readonly QueryParameter s_device =
        new("device", JsonSchemaType.String, "Only certificates for devices of this id, of all generations.");

    private static readonly QueryParameter s_before =
        new("before", JsonSchemaType.Integer, "The place to go on before; the newest certificates when not given.", 1);

    private static readonly QueryParameter s_max = UsualQuery.Max("certificates", max: CertificateIssuers.MaxPage);

    public void Map(EndpointMap map)
    {
        MapIssuers(map);
        MapCertificates(map);
    }

    private void MapIssuers(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/issuers", "listIssuers", "Lists the gateway's own issuers of certificates.")
            {
                Tag = OfIssuers,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(IssuerPage), "All issuers.")],
            },
            ListAsync);
        map.Add(
            new("POST", "/v1/issuers", "createIssuer", "Makes an issuer; from then on it is the one that issues.")
            {
                Tag = OfIssuers,
                Right = Rights.Admin,
                Details = "Its key is made and stays in the gateway. It is registered as a certificate authority of the same name.",
                Body = typeof(IssuerCreation),
                Answers = [(201, typeof(IssuerView), "The issuer.")],
                Refusals = [RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.Conflict],
            },
            CreateAsync);
        map.Add(
            new("GET", "/v1/issuers/{name}", "getIssuer", "Shows an issuer with its certificate.")
            {
                Tag = OfIssuers,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(IssuerView), "The issuer.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new("DELETE", "/v1/issuers/{name}", "removeIssuer", "Removes an issuer, its key and its authority.")
            {
                Tag = OfIssuers,
                Right = Rights.Admin,
                Details = "Connections that rest on certificates of the issuer are closed at once.",
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound],
            },
            RemoveAsync);
    }

    private void MapCertificates(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/certificates", "listCertificates", "Lists the certificates that the gateway has issued, the newest first.")
            {
                Tag = OfCertificates,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Details = "A record is kept until Issuer:RecordRetentionMs after the end of its certificate.",
                Query = [s_device, s_before, s_max],
                Answers = [(200, typeof(CertificatePage), "A page of records.")],
                Refusals = [RefusalKind.Malformed],
            },
            ListIssuedAsync);
        map.Add(
            new("GET", "/v1/certificates/{serial}", "getCertificate", "Shows the record of an issued certificate.")
            {
                Tag = OfCertificates,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(CertificateView), "The record.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetIssuedAsync);
        map.Add(
            new("POST", "/v1/certificates/{serial}/revoke", "revokeCertificate", "Revokes an issued certificate.")
            {
                Tag = OfCertificates,
                Right = Rights.RegistryWrite,
                NeedsNoScope = true,
                Details = "Connections that rest on it are closed at once. Once more is no error.",
                Answers = [(200, typeof(CertificateView), "The record.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.LimitReached],
            },
            RevokeAsync);
        map.Add(
            new(
                "POST", "/v1/devices/{id}/certificates/revoke", "revokeDeviceCertificates",
                "Revokes every valid certificate that was issued to a device.")
            {
                Tag = OfCertificates,
                Right = Rights.RegistryWrite,
                NeedsNoScope = true,
                Details = "Connections that rest on them are closed at once. The device may ask for another with "
                    + "another credential; disable it to keep it out.",
                Answers = [(200, typeof(CertificatePage), "What was revoked by this request.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.LimitReached],
            },
            RevokeOfDeviceAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context) => Answers.Show(
        await gateway.Issuers.ListAsync(),
        static issuers => new IssuerPage { Items = [.. issuers.Select(View)] },
        RestanteJson.Plain.IssuerPage);

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        IssuerCreation wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.IssuerCreation, options.MaxRegistryBodyBytes);
        if (wish.Name is null)
            throw new MalformedRequestException("An issuer needs a 'name'.");
        Result<IssuerInfo> created =
            await gateway.Issuers.CreateAsync(wish.Name, wish.LifetimeDays ?? CertificateIssuers.DefaultLifetimeDays);
        if (created.IsSuccess)
            context.Response.Headers.Location = "/v1/issuers/" + created.Value.Authority.Name;
        return Show(created, StatusCodes.Status201Created);
    }

    private async Task<IResult> GetAsync(string name, HttpContext context) => Show(await gateway.Issuers.FindAsync(name));

    private async Task<IResult> RemoveAsync(string name, HttpContext context) => Answers.Done(await gateway.Issuers.RemoveAsync(name));

    private async Task<IResult> ListIssuedAsync(HttpContext context)
    {
        int max = s_max.Count(context.Request);
        return Answers.Show(
            await gateway.Issuers.ListIssuedAsync(
                Caller.Service(context), s_device.Text(context.Request), s_before.Integer(context.Request), max),
            static page => Page(page.Items, page.Next),
            RestanteJson.Plain.CertificatePage);
    }

    private async Task<IResult> GetIssuedAsync(string serial, HttpContext context) =>
        Show(await gateway.Issuers.FindIssuedAsync(Caller.Service(context), serial));

    private async Task<IResult> RevokeAsync(string serial, HttpContext context) =>
        Show(await gateway.Issuers.RevokeAsync(Caller.Service(context), serial));

    private async Task<IResult> RevokeOfDeviceAsync(string id, HttpContext context) => Answers.Show(
        await gateway.Issuers.RevokeOfDeviceAsync(Caller.Service(context), id),
        static revoked => Page(revoked, null),
        RestanteJson.Plain.CertificatePage);

    private static CertificatePage Page(IReadOnlyList<IssuedCertificate> items, long? next) =>
        new() { Items = [.. items.Select(View)], Next = next };

    private static IResult Show(Result<IssuerInfo> result, int status = StatusCodes.Status200OK) =>
        Answers.Show(result, View, RestanteJson.Plain.IssuerView, status);

    private static IResult Show(Result<IssuedCertificate> result) => Answers.Show(result, View, RestanteJson.Plain.CertificateView);

    private static IssuerView View(IssuerInfo issuer)
    {
        AuthorityFacts facts = AuthorityFacts.Of(issuer.Authority);
        return new IssuerView
        {
            Name = issuer.Authority.Name,
            Current = issuer.IsCurrent,
            Subject = facts.Subject,
            Thumbprint = facts.Thumbprint,
            NotAfter = Times.Of(facts.NotAfterMs),
            RevocationList = AuthorityEndpoints.ListView(facts),
            Certificate = PemEncoding.WriteString("CERTIFICATE", issuer.Authority.Certificate) + "\n",
            CreatedAt = Times.Of(issuer.Authority.CreatedAtMs),
        };
    }

    private static CertificateView View(IssuedCertificate issued) => new()
    {
        Serial = issued.Serial,
        Issuer = issued.Issuer,
        Device = issued.Device.Value,
        Generation = issued.Number.Value,
        IssuedAt = Times.Of(issued.IssuedAtMs),
        NotBefore = Times.Of(issued.FromMs),
        NotAfter = Times.Of(issued.UntilMs),
        RevokedAt = issued.RevokedAtMs is long at ? Times.Of(at) : null,
        Cause = issued.Cause switch
        {
            RevocationCause.Operator => "operator",
            RevocationCause.DeviceRemoved => "device-removed",
            _ => null,
        },
    };
}
