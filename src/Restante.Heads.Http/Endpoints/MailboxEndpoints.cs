using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary>The mailbox desk: looking into a mailbox and emptying it.</summary>
internal sealed class MailboxEndpoints(Gateway gateway)
{
    private const string Tag = "Mailboxes";

    private static readonly QueryParameter s_after = new("after", JsonSchemaType.String, "The id of the message to go on after.");

    private static readonly QueryParameter s_max = UsualQuery.Max("messages");

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/devices/{id}/mailbox", "browseMailbox", "Shows the messages in a mailbox, oldest first.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Details = "Looking changes nothing: no message is leased or settled.",
                Query = [s_after, s_max],
                Answers = [(200, typeof(MailboxPage), "A page of messages.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed],
            },
            BrowseAsync);
        map.Add(
            new("DELETE", "/v1/devices/{id}/mailbox", "purgeMailbox", "Takes back all mail that the device does not have in hand.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Details = "They end as cancelled. What the device has in hand stays until it has settled that or its lease is over.",
                Answers = [(200, typeof(PurgeView), "How many messages ended.")],
                Refusals = [RefusalKind.NotFound],
            },
            PurgeAsync);
    }

    private async Task<IResult> BrowseAsync(string id, HttpContext context)
    {
        int max = s_max.Count(context.Request);
        Sequence after = s_after.Id(context.Request, "a message");
        Result<DeviceRecord> device = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        if (!device.IsSuccess)
            return Answers.Refused(device.Refusal);
        var page = new PageAnswer<MailboxPage>(context, max, RestanteJson.Plain.MailboxPage, PageBounds.ContentStep);
        return await page.OfAsync<BrowsedMessage, MailboxMessageView>(
            (last, count) => gateway.Mailboxes.BrowseAsync(device.Value, last?.Sequence ?? after, count),
            MessageViews.Of,
            RestanteJson.Plain.MailboxMessageView,
            static (items, last) => new MailboxPage { Items = items, Next = last?.Sequence.ToString() });
    }

    private async Task<IResult> PurgeAsync(string id, HttpContext context)
    {
        Result<DeviceRecord> device = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        if (!device.IsSuccess)
            return Answers.Refused(device.Refusal);
        return Answers.Show(
            await gateway.Mailboxes.PurgeAsync(device.Value, Caller.Service(context).Name),
            static cancelled => new PurgeView { Cancelled = cancelled },
            RestanteJson.Plain.PurgeView);
    }
}
