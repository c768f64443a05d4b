using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Enrolment;
using Restante.Core.Refusals;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary>The claims of enrolment groups, and <c>/v1/enrolled</c>: the ids that were enrolled.</summary>
internal sealed class ClaimEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private static readonly QueryParameter s_afterClaim = new("after", JsonSchemaType.Integer, "The number to go on after.");

    private static readonly QueryParameter s_maxClaims = UsualQuery.Max("claims", max: EnrolmentClaims.MaxPage);

    private static readonly QueryParameter s_afterId = new("after", JsonSchemaType.String, "The id to go on after.");

    private static readonly QueryParameter s_maxIds = UsualQuery.Max("ids", max: EnrolmentLedger.MaxPage);

    private static readonly QueryParameter s_group = new(
        "group", JsonSchemaType.String, "Only ids that the enrolment group of this name has enrolled.");

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/enrolments/{name}/claims", "listClaims", "Lists the claims of an enrolment group that wait to be used.")
            {
                Tag = EnrolmentEndpoints.Tag,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Query = [s_afterClaim, s_maxClaims],
                Answers = [(200, typeof(ClaimPage), "A page of claims, without tokens.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed],
            },
            ListAsync);
        map.Add(
            new("POST", "/v1/enrolments/{name}/claims", "createClaims", "Makes one-time claims of an enrolment group.")
            {
                Tag = EnrolmentEndpoints.Tag,
                Right = Rights.RegistryWrite,
                NeedsNoScope = true,
                Details = "The tokens are in this answer only.",
                Body = typeof(ClaimCreation),
                BodyIsOptional = true,
                Answers = [(201, typeof(ClaimPage), "The claims, with their tokens.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.LimitReached],
            },
            CreateAsync);
        map.Add(
            new("DELETE", "/v1/enrolments/{name}/claims/{number}", "removeClaim", "Takes a claim back that was not used.")
            {
                Tag = EnrolmentEndpoints.Tag,
                Right = Rights.RegistryWrite,
                NeedsNoScope = true,
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound],
            },
            RemoveAsync);
        map.Add(
            new("GET", "/v1/enrolled", "listEnrolled", "Lists the ids that were enrolled.")
            {
                Tag = EnrolmentEndpoints.Tag,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Query = [s_group, s_afterId, s_maxIds],
                Answers = [(200, typeof(EnrolledPage), "A page of ids, those among them whose devices have been removed.")],
                Refusals = [RefusalKind.Malformed],
            },
            ListEnrolledAsync);
        map.Add(
            new("GET", "/v1/enrolled/{id}", "getEnrolled", "Shows how an id was enrolled.")
            {
                Tag = EnrolmentEndpoints.Tag,
                Right = Rights.RegistryRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(EnrolledView), "Group and time.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetEnrolledAsync);
        map.Add(
            new("DELETE", "/v1/enrolled/{id}", "releaseEnrolled", "Lets an id be enrolled again whose device was removed.")
            {
                Tag = EnrolmentEndpoints.Tag,
                Right = Rights.RegistryWrite,
                NeedsNoScope = true,
                Answers = [(204, null, "It is released.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
            },
            ReleaseAsync);
    }

    private async Task<IResult> ListAsync(string name, HttpContext context)
    {
        int max = s_maxClaims.Count(context.Request);
        long? after = s_afterClaim.Integer(context.Request);
        return await new PageAnswer<ClaimPage>(context, max, RestanteJson.Plain.ClaimPage).OfAsync<EnrolmentClaim, ClaimView>(
            (last, count) => gateway.Claims.ListAsync(name, last?.Number.Value ?? after, count),
            EnrolmentViews.Of,
            RestanteJson.Plain.ClaimView,
            static (items, last) => new ClaimPage { Items = items, Next = last?.Number.ToString() });
    }

    private async Task<IResult> CreateAsync(string name, HttpContext context)
    {
        ClaimCreation? wish = await RequestBody.ReadOptionalJsonAsync(
            context.Request, RestanteJson.Plain.ClaimCreation, options.MaxRegistryBodyBytes);
        return Answers.Show(
            await gateway.Claims.CreateAsync(name, EnrolmentReading.Claims(wish)),
            static issued => new ClaimPage
            {
                Items = [.. issued.Select(static i => EnrolmentViews.Of(i.Claim) with { Token = i.Token.Reveal() })],
            },
            RestanteJson.Plain.ClaimPage,
            StatusCodes.Status201Created);
    }

    private async Task<IResult> RemoveAsync(string name, string number, HttpContext context)
    {
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long claim))
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "Claims have numbers."));
        return Answers.Done(await gateway.Claims.RemoveAsync(name, new ClaimNumber(claim)));
    }

    private async Task<IResult> ListEnrolledAsync(HttpContext context)
    {
        int max = s_maxIds.Count(context.Request);
        string? group = s_group.Text(context.Request), after = s_afterId.Text(context.Request);
        return await new PageAnswer<EnrolledPage>(context, max, RestanteJson.Plain.EnrolledPage).OfAsync<EnrolledDevice, EnrolledView>(
            (last, count) => gateway.Enrolled.ListAsync(group, last?.Id.Value ?? after, count),
            EnrolmentViews.Of,
            RestanteJson.Plain.EnrolledView,
            static (items, last) => new EnrolledPage { Items = items, Next = last?.Id.Value });
    }

    private async Task<IResult> GetEnrolledAsync(string id, HttpContext context) =>
        Answers.Show(await gateway.Enrolled.FindAsync(id), EnrolmentViews.Of, RestanteJson.Plain.EnrolledView);

    private async Task<IResult> ReleaseAsync(string id, HttpContext context) => Answers.Done(await gateway.Enrolled.ReleaseAsync(id));
}
