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

/// <summary>The dead-letter shelf of a device: looking at it, sending again, deleting.</summary>
internal sealed class DeadLetterEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "Mailboxes";

    private static readonly QueryParameter s_after = new("after", JsonSchemaType.String, "The id of the message to go on after.");
    private static readonly QueryParameter s_max = UsualQuery.Max("messages");

    private readonly Lifetime _lifetime = new(gateway.Time);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/devices/{id}/dead-letters", "listDeadLetters", "Shows what a device rejected or could not be handed.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Details = "Commands that expired are here too, when their sender wished it.",
                Query = [s_after, s_max],
                Answers = [(200, typeof(DeadLetterPage), "A page of the dead-letter shelf.")],
                Refusals = [RefusalKind.NotFound],
            },
            ListAsync);
        map.Add(
            new("POST", "/v1/devices/{id}/dead-letters/{message}/resend", "resendDeadLetter", "Puts a message into the mailbox again.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Details = "It is a new message, at the end of the mailbox; the old one leaves the shelf.",
                Body = typeof(ResendWish),
                BodyIsOptional = true,
                Answers = [(201, typeof(CommandReceipt), "The new message; Location names it.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.MailboxFull, RefusalKind.Expired, RefusalKind.TooLarge],
            },
            ResendAsync);
        map.Add(
            new("DELETE", "/v1/devices/{id}/dead-letters/{message}", "deleteDeadLetter", "Takes a message off the shelf for good.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound],
            },
            DeleteAsync);
        map.Add(
            new("DELETE", "/v1/devices/{id}/dead-letters", "deleteDeadLetters", "Empties the dead-letter shelf of a device.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Answers = [(200, typeof(DeletedView), "How many messages were on it.")],
                Refusals = [RefusalKind.NotFound],
            },
            DeleteAllAsync);
    }

    private async Task<IResult> ListAsync(string id, HttpContext context)
    {
        int max = s_max.Count(context.Request);
        Sequence after = s_after.Id(context.Request, "a message");
        Result<DeviceRecord> device = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        if (!device.IsSuccess)
            return Answers.Refused(device.Refusal);
        var page = new PageAnswer<DeadLetterPage>(context, max, RestanteJson.Plain.DeadLetterPage, PageBounds.ContentStep);
        return await page.OfAsync<ShelvedMessage, DeadLetterView>(
            (last, count) => gateway.DeadLetters.ListAsync(device.Value, last?.Sequence ?? after, count),
            MessageViews.Of,
            RestanteJson.Plain.DeadLetterView,
            static (items, last) => new DeadLetterPage { Items = items, Next = last?.Sequence.ToString() });
    }

    private async Task<IResult> ResendAsync(string id, string message, HttpContext context)
    {
        ResendWish? wish = await RequestBody.ReadOptionalJsonAsync(
            context.Request, RestanteJson.Plain.ResendWish, options.MaxRegistryBodyBytes);
        long? expiresAtMs = _lifetime.Read(wish?.Ttl, wish?.ExpiresAt);
        Result<DeviceRecord> device = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        if (!device.IsSuccess)
            return Answers.Refused(device.Refusal);
        if (!Sequence.TryParse(message, out Sequence sequence))
            return NotThere();
        Result<SentMessage> sent = await gateway.DeadLetters.ResendAsync(device.Value, sequence, expiresAtMs);
        if (!sent.IsSuccess)
            return Answers.Refused(sent.Refusal);
        context.Response.Headers.Location = $"/v1/commands/{sent.Value.Sequence}";
        var receipt = new CommandReceipt
        {
            Id = sent.Value.Sequence.ToString(),
            Device = device.Value.Id.Value,
            ExpiresAt = Times.Of(sent.Value.ExpiresAtMs),
            Depth = sent.Value.Depth,
        };
        return Answers.Json(receipt, RestanteJson.Plain.CommandReceipt, StatusCodes.Status201Created);
    }

    private async Task<IResult> DeleteAsync(string id, string message, HttpContext context)
    {
        Result<DeviceRecord> device = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        if (!device.IsSuccess)
            return Answers.Refused(device.Refusal);
        if (!Sequence.TryParse(message, out Sequence sequence))
            return NotThere();
        return Answers.Done(await gateway.DeadLetters.DeleteAsync(device.Value, sequence));
    }

    private async Task<IResult> DeleteAllAsync(string id, HttpContext context)
    {
        Result<DeviceRecord> device = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        if (!device.IsSuccess)
            return Answers.Refused(device.Refusal);
        return Answers.Show(
            await gateway.DeadLetters.DeleteAllAsync(device.Value),
            static deleted => new DeletedView { Deleted = deleted },
            RestanteJson.Plain.DeletedView);
    }

    private static IResult NotThere() =>
        Answers.Refused(new Refusal(RefusalKind.NotFound, "The ids of messages are numbers; no such message is on the shelf."));
}
