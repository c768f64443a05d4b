using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/enrolments</c>: the groups by which devices become known when they first connect.</summary>
internal sealed class EnrolmentEndpoints(Gateway gateway, HttpHeadOptions options)
{
    internal const string Tag = "Enrolment";

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/enrolments", "listEnrolments", "Lists the enrolment groups.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(EnrolmentPage), "All groups, without keys.")],
            },
            ListAsync);
        map.Add(
            new("POST", "/v1/enrolments", "createEnrolment", "Creates an enrolment group.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                NeedsNoScope = true,
                Body = typeof(EnrolmentCreation),
                Answers = [(201, typeof(EnrolmentView), "The group, with its keys if it is of that kind.")],
                Refusals = [RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.Conflict, RefusalKind.LimitReached],
            },
            CreateAsync);
        map.Add(
            new("GET", "/v1/enrolments/{name}", "getEnrolment", "Shows an enrolment group.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(EnrolmentView), "The group, without keys; ETag holds its version.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new(
                "PATCH", "/v1/enrolments/{name}", "changeEnrolment",
                "Changes an enrolment group, for devices that are enrolled from then on.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                NeedsNoScope = true,
                Details = "Tags, groups and desired state take the place of the old ones. Devices that it has enrolled stay as they are.",
                Body = typeof(EnrolmentChange),
                Answers = [(200, typeof(EnrolmentView), "The group as it is now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
                IsConditional = true,
            },
            ChangeAsync);
        map.Add(
            new("DELETE", "/v1/enrolments/{name}", "removeEnrolment", "Removes an enrolment group with its claims.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                NeedsNoScope = true,
                Details = "Devices that it has enrolled stay, and their ids are not enrolled again.",
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound],
                IsConditional = true,
            },
            RemoveAsync);
        map.Add(
            new("GET", "/v1/enrolments/{name}/keys", "getEnrolmentKeys", "Shows the keys of an enrolment group.")
            {
                Tag = Tag,
                Audit = AuditRule.Act,
                Right = Rights.Admin,
                NeedsNoScope = true,
                Answers = [(200, typeof(EnrolmentKeysView), "The keys.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetKeysAsync);
        map.Add(
            new(
                "POST", "/v1/enrolments/{name}/keys/{slot}/rotate", "rotateEnrolmentKey",
                "Gives an enrolment group a new primary or secondary key.")
            {
                Tag = Tag,
                Right = Rights.Admin,
                NeedsNoScope = true,
                Details = "The slot is primary or secondary. Devices that were enrolled keep the keys that were derived for them.",
                Body = typeof(KeyRotation),
                BodyIsOptional = true,
                Answers = [(200, typeof(EnrolmentKeysView), "Both keys as they are now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
                IsConditional = true,
            },
            RotateAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context) => Answers.Show(
        await gateway.Enrolments.ListAsync(),
        static groups => new EnrolmentPage { Items = [.. groups.Select(EnrolmentViews.Of)] },
        RestanteJson.Plain.EnrolmentPage);

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        EnrolmentCreation wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.EnrolmentCreation, options.MaxRegistryBodyBytes);
        if (wish.Name is not string name)
            throw new MalformedRequestException($"An enrolment group needs a 'name': {EnrolmentGroup.NameRule}.");
        Result<EnrolmentGroup> created = await gateway.Enrolments.CreateAsync(name, EnrolmentReading.Terms(wish));
        if (!created.IsSuccess)
            return Answers.Refused(created.Refusal);
        context.Response.Headers.Location = "/v1/enrolments/" + name;
        EntityTag.Write(context.Response, created.Value.Version);
        EnrolmentView view = EnrolmentViews.Of(created.Value) with { Keys = EnrolmentViews.Keys(created.Value) };
        return Answers.Json(view, RestanteJson.Plain.EnrolmentView, StatusCodes.Status201Created);
    }

    private async Task<IResult> GetAsync(string name, HttpContext context) => Show(context, await gateway.Enrolments.FindAsync(name));

    private async Task<IResult> ChangeAsync(string name, HttpContext context)
    {
        long? ifVersion = EntityTag.ReadIfMatch(context.Request);
        EnrolmentChange change = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.EnrolmentChange, options.MaxRegistryBodyBytes);
        EnrolmentUpdate update = EnrolmentReading.Update(change, ifVersion);
        AuditNotes.Detail(context, AuditText.Of(change));
        return Show(context, await gateway.Enrolments.ChangeAsync(name, update));
    }

    private async Task<IResult> RemoveAsync(string name, HttpContext context) => Answers.Done(
        await gateway.Enrolments.RemoveAsync(name, EntityTag.ReadIfMatch(context.Request)), context.Request);

    private async Task<IResult> GetKeysAsync(string name, HttpContext context) =>
        ShowKeys(context, await gateway.Enrolments.FindAsync(name));

    private async Task<IResult> RotateAsync(string name, string slot, HttpContext context)
    {
        if (CredentialText.Slot(slot) is not CredentialSlot which)
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "An enrolment group has a primary and a secondary key, no others."));
        long? ifVersion = EntityTag.ReadIfMatch(context.Request);
        KeyRotation? wish = await RequestBody.ReadOptionalJsonAsync(
            context.Request, RestanteJson.Plain.KeyRotation, options.MaxRegistryBodyBytes);
        SymmetricKey key = KeyText.Read(wish?.Key, "key") ?? SymmetricKey.Generate();
        var update = new EnrolmentUpdate
        {
            PrimaryKey = which == CredentialSlot.Primary ? key : null,
            SecondaryKey = which == CredentialSlot.Secondary ? key : null,
            IfVersion = ifVersion,
        };
        return ShowKeys(context, await gateway.Enrolments.ChangeAsync(name, update));
    }

    private static IResult Show(HttpContext context, Result<EnrolmentGroup> result) =>
        Answers.Show(context, result, static group => group.Version, EnrolmentViews.Of, RestanteJson.Plain.EnrolmentView);

    private static IResult ShowKeys(HttpContext context, Result<EnrolmentGroup> result)
    {
        if (!result.IsSuccess)
            return Answers.Refused(result.Refusal, context.Request);
        if (EnrolmentViews.Keys(result.Value) is not DeviceKeys keys)
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "The enrolment group has no keys: it is of another kind."));
        EntityTag.Write(context.Response, result.Value.Version);
        var view = new EnrolmentKeysView { Name = result.Value.Name, Keys = keys, Version = result.Value.Version };
        return Answers.Json(view, RestanteJson.Plain.EnrolmentKeysView);
    }
}
