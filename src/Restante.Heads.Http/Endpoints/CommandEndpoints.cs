using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Sending commands, looking what became of them, and taking them back.</summary>
internal sealed class CommandEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room)
{
    private const string Tag = "Commands";
    private const string UntilOutcome = "outcome";
    private const string UntilReport = "report";

    private static readonly QueryParameter s_until = new(
        "until",
        JsonSchemaType.String,
        $"What to wait for: {UntilOutcome} (when not given), or {UntilReport}: the final report, or an end that no report follows.");

    private readonly QueryParameter _wait = new(
        UsualQuery.WaitName,
        JsonSchemaType.Number,
        "How long to wait for the command's outcome or final report, in seconds; not at all when not given.",
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
                Audit = AuditRule.None,
                Details = "The command is durable before the answer is sent, and waits in the device's mailbox until it is settled or "
                    + "expires. The same message-id again, to the same device, is the same command. A body of another content type than "
                    + "application/json is sent as it is; what else there is to say comes in headers, properties in "
                    + "X-Restante-Property-NAME, whose names arrive in lower case.",
                Query = [_wait, s_until],
                Headers = CommandReading.Headers,
                Body = typeof(CommandCreation),
                TakesRawBody = true,
                Answers =
                [
                    (200, typeof(CommandView), "What was waited for has come; or the command had "
                        + "been sent before, and this is where it is."),
                    (201, typeof(CommandReceipt), "The command is stored; Location names it."),
                    (202, typeof(CommandReceipt), "The command is stored and was still open when the wait was over; Location names it."),
                ],
                Refusals = [RefusalKind.NotFound, RefusalKind.TooLarge, RefusalKind.Expired, RefusalKind.MailboxFull],
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
        map.Add(
            new("DELETE", "/v1/commands/{id}", "cancelCommand", "Takes a command back that the device does not have in hand.")
            {
                Tag = Tag,
                Right = Rights.Send,
                IsOwnMail = IsOwnAsync,
                Details = "It ends as cancelled.",
                Answers = [(204, null, "It is cancelled, durably.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
            },
            CancelAsync);
    }

    private async Task<IResult> SendAsync(string id, HttpContext context)
    {
        TimeSpan patience = _wait.Seconds(context.Request);
        bool untilReport = ReadUntil(context.Request);
        CommandWish wish = await _reading.ReadAsync(context.Request);

        // A place to wait is taken first, so that a command is never stored and then refused for want of one.
        Waiter? waiter = null;
        if (patience > TimeSpan.Zero)
        {
            Result<Waiter> entered = await room.EnterAsync(context);
            if (!entered.IsSuccess)
                return Answers.Refused(entered.Refusal);
            waiter = entered.Value;
            context.Response.RegisterForDispose(waiter); // Its place is for the answer too, which a report makes large.
        }

        Result<SentMessage> sent = await gateway.Mailboxes.SendCommandAsync(Caller.Service(context), id, wish.Content, wish.Terms);
        if (!sent.IsSuccess)
            return Answers.Refused(sent.Refusal);
        Sequence sequence = sent.Value.Sequence;
        context.Response.Headers.Location = $"/v1/commands/{sequence}";
        if (waiter is not null && await WaitAsync(context, sequence, untilReport, patience, waiter) is CommandView ended)
            return Answers.Json(ended, RestanteJson.Plain.CommandView);
        if (sent.Value.IsDuplicate && await FindAsync(context, sequence) is { IsSuccess: true } known)
            return Answers.Json(known.Value, RestanteJson.Plain.CommandView);
        var receipt = new CommandReceipt
        {
            Id = sequence.ToString(),
            Device = id,
            ExpiresAt = Times.Of(sent.Value.ExpiresAtMs),
            Depth = sent.Value.Depth,
        };
        int status = waiter is null ? StatusCodes.Status201Created : StatusCodes.Status202Accepted;
        return Answers.Json(receipt, RestanteJson.Plain.CommandReceipt, status);
    }

    // Null when it did not come within the wait.
    private async Task<CommandView?> WaitAsync(
        HttpContext context, Sequence sequence, bool untilReport, TimeSpan patience, Waiter waiter)
    {
        ServicePrincipal service = Caller.Service(context);
        try
        {
            if (!untilReport)
            {
                Result<OutcomeRecord> outcome = await gateway.Outcomes.WaitAsync(service, sequence, patience, waiter.Ended);
                return outcome.IsSuccess ? CommandViews.Of(outcome.Value) : null;
            }

            Result<FinalReport> waited = await gateway.Reports.WaitFinalAsync(service, sequence, patience, waiter.Ended);
            if (waited.Value is not FinalReport final || (final.Report is null && final.Outcome is null or { Outcome: Outcome.Accepted }))
                return null;
            CommandView? view = final.Outcome is null ? (await FindAsync(context, sequence)).Value : CommandViews.Of(final.Outcome);
            return view is null ? null : view with { Report = final.Report is null ? null : ReportViews.Of(final.Report) };
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoCommand();
        return Answers.Show(await FindAsync(context, sequence), static command => command, RestanteJson.Plain.CommandView);
    }

    private async ValueTask<bool> IsOwnAsync(HttpContext context) =>
        Sequence.TryParse(context.Request.RouteValues["id"] as string, out Sequence sequence)
        && await FindAsync(context, sequence) is { IsSuccess: true } found
        && found.Value.Sender == Caller.Of(context).Name;

    private async Task<IResult> CancelAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoCommand();
        Result<CommandView> found = await FindAsync(context, sequence);
        if (!found.IsSuccess)
            return Answers.Refused(found.Refusal);
        if (found.Value.Outcome is null)
        {
            Result<CancelResult> cancelled = await gateway.Mailboxes.CancelAsync(Caller.Service(context), sequence);
            if (cancelled.IsSuccess)
                return Answers.NoContent();
            if (cancelled.Refusal.Kind != RefusalKind.NotFound)
                return Answers.Refused(cancelled.Refusal);
            found = await FindAsync(context, sequence); // It has ended in between.
        }

        return Answers.Refused(found.Value?.Outcome is OutcomeView outcome
            ? new Refusal(RefusalKind.Conflict, $"Command {sequence} has ended as {outcome.Outcome}; nothing was changed.")
            : found.Refusal ?? new Refusal(RefusalKind.NotFound, $"There is no command {sequence}."));
    }

    // A command goes from waiting to ended and never back, so looking in this order cannot miss it.
    private async ValueTask<Result<CommandView>> FindAsync(HttpContext context, Sequence sequence)
    {
        ServicePrincipal service = Caller.Service(context);
        Result<BrowsedMessage> waiting = await gateway.Mailboxes.FindWaitingAsync(service, sequence);
        if (waiting.IsSuccess && waiting.Value.Kind == MessageKind.Command)
            return CommandViews.Of(waiting.Value);
        if (!waiting.IsSuccess && waiting.Refusal.Kind != RefusalKind.NotFound)
            return waiting.Refusal;
        Result<OutcomeRecord> ended = await gateway.Outcomes.FindAsync(service, sequence);
        if (ended.IsSuccess && ended.Value.Kind == MessageKind.Command)
            return CommandViews.Of(ended.Value);
        return ended.IsSuccess || ended.Refusal.Kind == RefusalKind.NotFound
            ? new Refusal(
                RefusalKind.NotFound, $"There is no command {sequence}, or it ended so long ago that its outcome is no longer kept.")
            : ended.Refusal;
    }

    private static IResult NoCommand() => Answers.Refused(
        new Refusal(RefusalKind.NotFound, "Command ids are numbers; there is no such command."));

    private static bool ReadUntil(HttpRequest request) => s_until.Text(request) switch
    {
        null or UntilOutcome => false,
        UntilReport => true,
        _ => throw new MalformedRequestException($"The parameter 'until' must be {UntilOutcome} or {UntilReport}."),
    };
}
