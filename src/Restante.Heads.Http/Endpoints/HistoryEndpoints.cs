using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary>What happened to a message and why, and what happened to a device.</summary>
internal sealed class HistoryEndpoints(Gateway gateway)
{
    private const string Tag = "History";

    private static readonly QueryParameter s_device =
        new("device", JsonSchemaType.String, "The device that is asked about; of use for a notification, which is for many.");

    private static readonly QueryParameter s_before =
        new("before", JsonSchemaType.Integer, "The place to go on before; the newest entries when not given.", 1);

    private static readonly QueryParameter s_max = UsualQuery.Max("entries", max: HistoryBook.MaxPage);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/messages/{id}", "explainMessage", "Says what happened to a message, and why it is where it is.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Details = "One sentence to act on, and then the facts in the order of time. Works for "
                    + "messages that wait, that a device has in hand, and "
                    + "that have ended, as long as their outcome is kept.",
                Query = [s_device],
                Answers = [(200, typeof(ExplanationView), "The explanation.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed],
            },
            ExplainAsync);
        map.Add(
            new("GET", "/v1/devices/{id}/history", "readHistory", "Shows what happened to a device, newest first.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Details = "A device that was removed keeps its history as long as it is kept at all.",
                Query = [s_before, s_max],
                Answers = [(200, typeof(HistoryPage), "A page of the history.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed],
            },
            ReadAsync);
    }

    private async Task<IResult> ExplainAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "Message ids are numbers; there is no such message."));
        return Answers.Show(
            await gateway.Explainer.ExplainAsync(Caller.Service(context), sequence, s_device.Text(context.Request)),
            HistoryViews.Of,
            RestanteJson.Plain.ExplanationView);
    }

    private async Task<IResult> ReadAsync(string id, HttpContext context)
    {
        int max = s_max.Count(context.Request);
        long? before = s_before.Integer(context.Request);
        ServicePrincipal service = Caller.Service(context);
        return await new PageAnswer<HistoryPage>(context, max, RestanteJson.Plain.HistoryPage).OfAsync<HistoryRecord, HistoryEntryView>(
            (last, count) => gateway.History.ReadAsync(service, id, last?.Place ?? before, count),
            HistoryViews.Of,
            RestanteJson.Plain.HistoryEntryView,
            static (items, last) => new HistoryPage { Items = items, Next = last?.Place });
    }
}
