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
                Details = "The keys are in this answer only. With a scope it reaches less: the devices of an audience, and named subjects, "
                    + "consumer groups and channels (docs/authorisation.md).",
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
        map.Add(
            new("PUT", "/v1/policies/{name}/rights", "setPolicyRights", "Gives a policy other rights.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "They take the place of the old ones as a whole. When the policy loses any, its connections and waiting requests "
                    + "end at once; what it gets counts from its next connection on. The administrator's policy keeps its rights.",
                Body = typeof(PolicyRights),
                Answers = [(200, typeof(PolicyView), "The policy as it is now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
            },
            PutRightsAsync);
        map.Add(
            new("PUT", "/v1/policies/{name}/scope", "setPolicyScope", "Gives a policy another scope.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "It takes the place of the old one as a whole. Connections and waiting requests of the policy end at once, "
                    + "to begin again within the new scope; jobs and notifications that it began go on as they were accepted.",
                Body = typeof(ScopeView),
                Answers = [(200, typeof(PolicyView), "The policy as it is now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
            },
            PutScopeAsync);
        map.Add(
            new("DELETE", "/v1/policies/{name}/scope", "removePolicyScope", "Takes the scope of a policy away: it reaches everything.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                Details = "Connections and waiting requests of the policy end at once, if it had a scope.",
                Answers = [(200, typeof(PolicyView), "The policy as it is now.")],
                Refusals = [RefusalKind.NotFound],
            },
            RemoveScopeAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context) => Answers.Show(
        await gateway.Policies.ListAsync(),
        static policies => new PolicyPage { Items = [.. policies.Select(View)] },
        RestanteJson.Plain.PolicyPage);

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        PolicyCreation wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.PolicyCreation, options.MaxRegistryBodyBytes);
        if (wish.Name is null)
            throw new MalformedRequestException($"A policy needs a 'name': {PolicyNames.Rule}.");
        Rights rights = Read(wish.Rights);
        AuditNotes.Detail(context, AuditText.Of(rights));
        PolicyScope? scope = null;
        if (wish.Scope is not null)
        {
            Result<PolicyScope> read = Read(wish.Scope);
            if (!read.IsSuccess)
                return Answers.Refused(read.Refusal);
            scope = read.Value;
            AuditNotes.Detail(context, $"{AuditText.Of(rights)}; {AuditText.Of(scope)}");
        }

        Result<PolicyRecord> created = await gateway.Policies.CreateAsync(wish.Name, rights, Primary(wish), scope);
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

    private async Task<IResult> GetAsync(string name, HttpContext context) => Show(await gateway.Policies.FindAsync(name));

    private async Task<IResult> RemoveAsync(string name, HttpContext context) => Answers.Done(await gateway.Policies.RemoveAsync(name));

    private async Task<IResult> PutRightsAsync(string name, HttpContext context)
    {
        PolicyRights wish = await RequestBody.ReadJsonAsync(context.Request, RestanteJson.Plain.PolicyRights, options.MaxRegistryBodyBytes);
        Rights rights = Read(wish.Rights);
        AuditNotes.Detail(context, AuditText.Of(rights));
        return Show(await gateway.Policies.SetRightsAsync(name, rights));
    }

    private async Task<IResult> PutScopeAsync(string name, HttpContext context)
    {
        ScopeView wish = await RequestBody.ReadJsonAsync(context.Request, RestanteJson.Plain.ScopeView, options.MaxRegistryBodyBytes);
        Result<PolicyScope> scope = Read(wish);
        if (!scope.IsSuccess)
            return Answers.Refused(scope.Refusal);
        AuditNotes.Detail(context, AuditText.Of(scope.Value));
        return Show(await gateway.Policies.SetScopeAsync(name, scope.Value));
    }

    private async Task<IResult> RemoveScopeAsync(string name, HttpContext context) =>
        Show(await gateway.Policies.SetScopeAsync(name, null));

    private static IResult Show(Result<PolicyRecord> policy) => Answers.Show(policy, View, RestanteJson.Plain.PolicyView);

    private static Rights Read(IReadOnlyList<string>? names)
    {
        var rights = Rights.None;
        foreach (string? name in names ?? [])
        {
            rights |= RightNames.TryParse(name, out Rights right)
                ? right
                : throw new MalformedRequestException($"The member 'rights' holds an unknown name; rights are {RightNames.All}.");
        }

        return rights;
    }

    private static Result<PolicyScope> Read(ScopeView wish) =>
        PolicyScope.Create(wish.Audience, wish.Subjects, wish.Groups, wish.Channels);

    private static PolicyView View(PolicyRecord policy) => new()
    {
        Name = policy.Name,
        Rights = RightNames.Of(policy.Rights),
        Scope = policy.Scope is not PolicyScope scope ? null : new ScopeView
        {
            Audience = scope.Audience?.Text,
            Subjects = scope.Subjects,
            Groups = scope.Groups,
            Channels = scope.Channels,
        },
        CreatedAt = Times.Of(policy.CreatedAtMs),
    };
}
