using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Sending commands, and looking what became of them.</summary>
internal sealed class CommandEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room)
{
    private const string Tag = "Commands";

    private readonly QueryParameter _wait = new(
        "wait",
        JsonSchemaType.Number,
        "How long to wait for the command's outcome, in seconds; not at all when not given.",
        0,
        options.MaxCommandWaitSeconds);

    private readonly CommandReading _reading = new(gateway.Limits, gateway.Time);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("POST", "/v1/devices/{id}/commands", "sendCommand", "Sends a command to a device.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Details = "The command is durable before the answer is sent, and waits in the device's mailbox until it is settled or expires. "
                    + "A body of another content type than application/json is sent as it is; what else there is to say comes in headers, properties "
                    + "in X-Restante-Property-NAME, whose names arrive in lower case.",
                Query = [_wait],
                Headers = CommandReading.Headers,
                Body = typeof(CommandCreation),
                TakesRawBody = true,
                Answers =
                [
                    (200, typeof(OutcomeView), "The command has ended within the wait; this is how."),
                    (201, typeof(CommandReceipt), "The command is stored; Location names it."),
                    (202, typeof(CommandReceipt), "The command is stored and was still open when the wait was over; Location names it."),
                ],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.Expired, RefusalKind.MailboxFull],
            },
            SendAsync);
        map.Add(
            new("GET", "/v1/commands/{id}", "getCommand", "Shows where a command is, or how it ended.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Answers = [(200, typeof(CommandView), "The command.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
    }

    private async Task<IResult> SendAsync(string id, HttpContext context)
    {
        TimeSpan patience = _wait.Seconds(context.Request);
        CommandWish wish = await _reading.ReadAsync(context.Request);

        // A place to wait is taken first, so that a command is never stored and then refused for want of one.
        Waiter? waiter = null;
        if (patience > TimeSpan.Zero)
        {
            Result<Waiter> entered = await room.EnterAsync(context);
            if (!entered.IsSuccess)
                return Answers.Refused(entered.Refusal);
            waiter = entered.Value;
        }

        using (waiter)
        {
            Result<SentMessage> sent = await gateway.Mailboxes.SendCommandAsync(
                Caller.Of(context), id, wish.Content, new CommandTerms { MessageId = wish.MessageId, ExpiresAtMs = wish.ExpiresAtMs });
            if (!sent.IsSuccess)
                return Answers.Refused(sent.Refusal);
            context.Response.Headers.Location = $"/v1/commands/{sent.Value.Sequence}";
            if (waiter is not null && await WaitAsync(sent.Value.Sequence, patience, waiter) is OutcomeRecord outcome)
                return Answers.Json(CommandViews.Outcome(outcome), RestanteJson.Plain.OutcomeView);
            var receipt = new CommandReceipt
            {
                Id = sent.Value.Sequence.ToString(),
                Device = id,
                ExpiresAt = Times.Of(sent.Value.ExpiresAtMs),
                Depth = sent.Value.Depth,
            };
            int status = waiter is null ? StatusCodes.Status201Created : StatusCodes.Status202Accepted;
            return Answers.Json(receipt, RestanteJson.Plain.CommandReceipt, status);
        }
    }

    private async Task<OutcomeRecord?> WaitAsync(Sequence sequence, TimeSpan patience, Waiter waiter)
    {
        try
        {
            return (await gateway.Outcomes.WaitAsync(sequence, patience, waiter.Ended)).Value;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "Command ids are numbers; there is no such command."));

        // A command goes from waiting to ended and never back, so looking in this order cannot miss it.
        Result<BrowsedMessage> waiting = await gateway.Mailboxes.FindWaitingAsync(sequence);
        if (waiting.IsSuccess)
            return Answers.Json(CommandViews.Of(waiting.Value), RestanteJson.Plain.CommandView);
        if (waiting.Refusal.Kind != RefusalKind.NotFound)
            return Answers.Refused(waiting.Refusal);
        Result<OutcomeRecord> ended = await gateway.Outcomes.FindAsync(sequence);
        if (ended.IsSuccess)
            return Answers.Json(CommandViews.Of(ended.Value), RestanteJson.Plain.CommandView);
        return Answers.Refused(ended.Refusal.Kind == RefusalKind.NotFound
            ? new Refusal(RefusalKind.NotFound, $"There is no command {sequence}, or it ended so long ago that its outcome is no longer kept.")
            : ended.Refusal);
    }
}
