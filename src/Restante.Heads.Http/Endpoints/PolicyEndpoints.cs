using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/policies</c>: the access policies of services.</summary>
internal sealed class PolicyEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "Policies";

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/policies", "listPolicies", "Lists the access policies.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Answers = [(200, typeof(PolicyPage), "All policies, without keys.")],
            },
            ListAsync);
        map.Add(
            new("POST", "/v1/policies", "createPolicy", "Creates an access policy.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "The keys are in this answer only. To change its rights, create another policy and remove the old one.",
                Body = typeof(PolicyCreation),
                Answers = [(201, typeof(PolicyView), "The policy, with its keys.")],
                Refusals = [RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.Conflict],
            },
            CreateAsync);
        map.Add(
            new("GET", "/v1/policies/{name}", "getPolicy", "Shows an access policy.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Answers = [(200, typeof(PolicyView), "The policy, without keys.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new("DELETE", "/v1/policies/{name}", "removePolicy", "Removes an access policy.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "Connections and waiting requests of the policy end at once. The administrator's policy cannot be removed.",
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound],
            },
            RemoveAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        Result<IReadOnlyList<PolicyRecord>> listed = await gateway.Policies.ListAsync();
        return listed.IsSuccess
            ? Answers.Json(new PolicyPage { Items = [.. listed.Value.Select(View)] }, RestanteJson.Plain.PolicyPage)
            : Answers.Refused(listed.Refusal);
    }

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        PolicyCreation wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.PolicyCreation, options.MaxRegistryBodyBytes);
        if (wish.Name is null)
            throw new MalformedRequestException($"A policy needs a 'name': {PolicyNames.Rule}.");
        var rights = Rights.None;
        foreach (string? name in wish.Rights ?? [])
        {
            rights |= RightNames.TryParse(name, out Rights right)
                ? right
                : throw new MalformedRequestException($"The member 'rights' holds an unknown name; rights are {RightNames.All}.");
        }

        AuditNotes.Detail(context, "rights " + string.Join(", ", RightNames.Of(rights)));
        Result<PolicyRecord> created = await gateway.Policies.CreateAsync(wish.Name, rights, Primary(wish));
        if (!created.IsSuccess)
            return Answers.Refused(created.Refusal);
        PolicyRecord policy = created.Value;
        context.Response.Headers.Location = "/v1/policies/" + policy.Name;
        PolicyView view = View(policy) with { Keys = KeyText.Of(policy.Primary, policy.Secondary) };
        return Answers.Json(view, RestanteJson.Plain.PolicyView, StatusCodes.Status201Created);
    }

    private static Credential? Primary(PolicyCreation wish) => (wish.PrimaryKey, wish.Thumbprint) switch
    {
        (_, null) => KeyText.Read(wish.PrimaryKey, "primaryKey"),
        (null, _) => CredentialText.ReadThumbprint(wish.Thumbprint, "thumbprint"),
        _ => throw new MalformedRequestException("Give a 'primaryKey' or a 'thumbprint', and not both."),
    };

    private async Task<IResult> GetAsync(string name, HttpContext context)
    {
        Result<PolicyRecord> found = await gateway.Policies.FindAsync(name);
        return found.IsSuccess ? Answers.Json(View(found.Value), RestanteJson.Plain.PolicyView) : Answers.Refused(found.Refusal);
    }

    private async Task<IResult> RemoveAsync(string name, HttpContext context)
    {
        Result<bool> removed = await gateway.Policies.RemoveAsync(name);
        return removed.IsSuccess ? Answers.NoContent() : Answers.Refused(removed.Refusal);
    }

    private static PolicyView View(PolicyRecord policy) => new()
    {
        Name = policy.Name,
        Rights = RightNames.Of(policy.Rights),
        CreatedAt = Times.Of(policy.CreatedAtMs),
    };
}
