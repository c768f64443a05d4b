using System.Text;
using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/authorities</c>: the certificate authorities that may sign for devices.</summary>
internal sealed class AuthorityEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "Authorities";

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/authorities", "listAuthorities", "Lists the certificate authorities.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(AuthorityPage), "All authorities.")],
            },
            ListAsync);
        map.Add(
            new("POST", "/v1/authorities", "addAuthority", "Registers a certificate authority.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "It is not trusted before it is verified: the answer holds the verification code.",
                Body = typeof(AuthorityCreation),
                Answers = [(201, typeof(AuthorityView), "The authority, with its verification code.")],
                Refusals = [RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.Conflict],
            },
            AddAsync);
        map.Add(
            new("GET", "/v1/authorities/{name}", "getAuthority", "Shows a certificate authority.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(AuthorityView), "The authority.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new("POST", "/v1/authorities/{name}/verify", "verifyAuthority", "Proves possession of the key of a certificate authority.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "By a certificate that the authority has signed and whose common name is the "
                    + "verification code. From then on it is trusted.",
                Body = typeof(PossessionProof),
                Answers = [(200, typeof(AuthorityView), "The authority.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
            },
            VerifyAsync);
        map.Add(
            new(
                "PUT", "/v1/authorities/{name}/revocation-list", "setRevocationList",
                "Takes a newer revocation list of a certificate authority.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "The body is the list, in DER or PEM. Connections of certificates that it names are closed at once.",
                TakesRawBody = true,
                Answers = [(200, typeof(AuthorityView), "The authority.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.Conflict],
            },
            SetListAsync);
        map.Add(
            new("DELETE", "/v1/authorities/{name}", "removeAuthority", "Removes a certificate authority.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "Connections that rest on certificates of the authority are closed at once.",
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound],
            },
            RemoveAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context) => Answers.Show(
        await gateway.Authorities.ListAsync(),
        static authorities => new AuthorityPage { Items = [.. authorities.Select(View)] },
        RestanteJson.Plain.AuthorityPage);

    private async Task<IResult> AddAsync(HttpContext context)
    {
        AuthorityCreation wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.AuthorityCreation, options.MaxRegistryBodyBytes);
        if (wish.Name is null || wish.Certificate is null)
            throw new MalformedRequestException("An authority needs a 'name' and a 'certificate' as PEM.");
        Result<AuthorityRecord> added = await gateway.Authorities.AddAsync(wish.Name, Encoding.UTF8.GetBytes(wish.Certificate));
        if (added.IsSuccess)
            context.Response.Headers.Location = "/v1/authorities/" + added.Value.Name;
        return Show(added, StatusCodes.Status201Created);
    }

    private async Task<IResult> GetAsync(string name, HttpContext context) => Show(await gateway.Authorities.FindAsync(name));

    private async Task<IResult> VerifyAsync(string name, HttpContext context)
    {
        PossessionProof proof = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.PossessionProof, options.MaxRegistryBodyBytes);
        if (proof.Certificate is null)
            throw new MalformedRequestException("A proof needs a 'certificate' as PEM.");
        return Show(await gateway.Authorities.VerifyAsync(name, Encoding.UTF8.GetBytes(proof.Certificate)));
    }

    private async Task<IResult> SetListAsync(string name, HttpContext context)
    {
        byte[] list = await RequestBody.ReadAsync(context.Request, gateway.Authorities.MaxRevocationListBytes);
        return Show(await gateway.Authorities.SetRevocationListAsync(name, list));
    }

    private async Task<IResult> RemoveAsync(string name, HttpContext context) =>
        Answers.Done(await gateway.Authorities.RemoveAsync(name));

    private static IResult Show(Result<AuthorityRecord> result, int status = StatusCodes.Status200OK) =>
        Answers.Show(result, View, RestanteJson.Plain.AuthorityView, status);

    /// <summary>The revocation list of an authority; null when there is none.</summary>
    internal static RevocationListView? ListView(AuthorityFacts facts) => facts.ListMadeAtMs is long made
        ? new RevocationListView
        {
            ThisUpdate = Times.Of(made),
            NextUpdate = facts.ListNextAtMs is long next ? Times.Of(next) : null,
            Count = facts.ListCount,
        }
        : null;

    private static AuthorityView View(AuthorityRecord authority)
    {
        AuthorityFacts facts = AuthorityFacts.Of(authority);
        return new AuthorityView
        {
            Name = authority.Name,
            Subject = facts.Subject,
            Thumbprint = facts.Thumbprint,
            NotAfter = Times.Of(facts.NotAfterMs),
            Verified = authority.IsVerified,
            VerificationCode = authority.IsVerified ? null : authority.VerificationCode,
            RevocationList = ListView(facts),
            CreatedAt = Times.Of(authority.CreatedAtMs),
            ChangedAt = Times.Of(authority.ChangedAtMs),
        };
    }
}
