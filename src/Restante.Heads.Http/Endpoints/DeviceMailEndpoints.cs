using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Sessions;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/mailbox</c>: a device takes its mail and settles it.</summary>
internal sealed class DeviceMailEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room, DeviceSessions sessions)
{
    private const string Tag = "For devices: mailbox";
    private const int StreamChunk = 50;

    private static readonly QueryParameter s_max = UsualQuery.Max("messages", 10, 100);

    private static readonly QueryParameter s_window =
        UsualQuery.Window("messages may be in hand, not settled", 10, 100);

    private static readonly QueryParameter s_selector =
        new("selector", JsonSchemaType.String, "A condition on messages (docs/selection.md); the others stay in the mailbox.");

    private readonly QueryParameter _wait = UsualQuery.Wait(options);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/mailbox", "takeMail", "Takes the next messages, oldest first.")
            {
                Tag = Tag,
                IsForDevices = true,
                AnswersHead = false,
                Details = "Each message is under a lease: settle it, or renew the lease, before it lapses; else it comes again. The "
                    + "mailbox is the device's as long as it keeps calling; a newer connection of any protocol takes it over.",
                Query = [_wait, s_max, s_selector],
                Answers = [(200, typeof(DeliveryPage), "The messages, none when there were none within the wait.")],
                Refusals = [RefusalKind.Conflict],
            },
            TakeAsync);
        map.Add(
            new("GET", "/v1/mailbox/stream", "streamMail", "Streams messages as they come.")
            {
                Tag = Tag,
                IsForDevices = true,
                AnswersHead = false,
                Details = "Server-sent events named command, notification or answer, with the lease as id; settle each by its own "
                    + "request. No more than max are in hand at a time. Last-Event-ID is taken and means nothing: what was not settled "
                    + "comes again when its lease lapses. An event named end says why the stream ends.",
                Query = [s_window, s_selector],
                Headers = [("Last-Event-ID", "Taken, and without meaning.")],
                Answers = [(200, typeof(DeliveredMessage), "The stream; the data of each event is a message.")],
                AnswerMedia = EventStream.MediaType,
                Refusals = [RefusalKind.Conflict],
            },
            StreamAsync);
        map.Add(
            new("DELETE", "/v1/mailbox/{lease}", "acceptMail", "Accepts a message: done, it does not come again.")
            {
                Tag = Tag,
                IsForDevices = true,
                Answers = [(204, null, "It is accepted, durably.")],
                Refusals = [RefusalKind.Expired, RefusalKind.Conflict],
            },
            (string lease, HttpContext context) => SettleAsync(lease, SettleVerb.Accept, context));
        AddSettle(map, "reject", SettleVerb.Reject, "Rejects a message: it is never delivered again and goes to the dead-letter shelf.");
        AddSettle(map, "release", SettleVerb.Release, "Gives a message back: it keeps its place and comes again.");
        map.Add(
            new("POST", "/v1/mailbox/{lease}/renew", "renewMail", "Holds the lease of a message longer.")
            {
                Tag = Tag,
                IsForDevices = true,
                Answers = [(200, typeof(LeaseView), "Until when it holds now.")],
                Refusals = [RefusalKind.Expired, RefusalKind.Conflict],
            },
            RenewAsync);
    }

    private void AddSettle(EndpointMap map, string word, SettleVerb verb, string summary) => map.Add(
        new("POST", $"/v1/mailbox/{{lease}}/{word}", word + "Mail", summary)
        {
            Tag = Tag,
            IsForDevices = true,
            Body = typeof(SettleReason),
            BodyIsOptional = true,
            Answers = [(204, null, "It is done, durably.")],
            Refusals = [RefusalKind.Expired, RefusalKind.Conflict, RefusalKind.TooLarge],
        },
        (string lease, HttpContext context) => SettleAsync(lease, verb, context));

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        int max = s_max.Count(context.Request);
        TimeSpan patience = _wait.Seconds(context.Request);
        Result<string?> selector = ReadSelector(context.Request);
        if (!selector.IsSuccess && selector.Refusal is Refusal unreadable)
            return Answers.Refused(unreadable);
        Result<DeviceVisit> visited = await sessions.VisitAsync(context);
        if (!visited.IsSuccess)
            return Answers.Refused(visited.Refusal);
        using DeviceVisit visit = visited.Value;
        Result<MailboxHold> held = await visit.Session.HoldAsync();
        if (!held.IsSuccess)
            return Answers.Refused(held.Refusal);
        MailboxHold hold = held.Value;
        if (patience == TimeSpan.Zero)
            return Page(await hold.LeaseAsync(max, options.MaxInHandPerDevice, selector.Value));

        Result<Waiter> entered = room.Enter(context, visit.Session);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        using var bell = new NewsBell(hold.News);
        Result<IReadOnlyList<LeasedMessage>> mail = await room.UntilNewsAsync(
            waiter,
            bell,
            patience,
            () => hold.LeaseAsync(max, options.MaxInHandPerDevice, selector.Value, waiter.Ended),
            static messages => messages.Count > 0);
        return waiter.Lost is Refusal lost ? Answers.Refused(lost) : Page(mail);
    }

    private async Task<IResult> StreamAsync(HttpContext context)
    {
        int window = s_window.Count(context.Request);
        Result<string?> selector = ReadSelector(context.Request);
        if (!selector.IsSuccess && selector.Refusal is Refusal unreadable)
            return Answers.Refused(unreadable);
        Result<DeviceVisit> visited = await sessions.VisitAsync(context);
        if (!visited.IsSuccess)
            return Answers.Refused(visited.Refusal);
        using DeviceVisit visit = visited.Value;
        Result<MailboxHold> held = await visit.Session.HoldAsync();
        if (!held.IsSuccess)
            return Answers.Refused(held.Refusal);
        Result<Waiter> entered = room.Enter(context, visit.Session);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        using var bell = new NewsBell(held.Value.News);
        await room.StreamAsync(context, waiter, bell, async (stream, cancellation) =>
        {
            Result<IReadOnlyList<LeasedMessage>> leased = await held.Value.LeaseAsync(StreamChunk, window, selector.Value, cancellation);
            if (!leased.IsSuccess)
                return leased.Refusal;
            foreach (LeasedMessage message in leased.Value)
            {
                string kind = MessageViews.KindName(message.Kind);
                stream.Add(kind, message.Lease.ToString(), MessageViews.Of(message), RestanteJson.Plain.DeliveredMessage);
            }

            if (leased.Value.Count > 0)
                await stream.FlushAsync(cancellation);
            return NewsLooks.Of(leased.Value.Count);
        });
        return Results.Empty;
    }

    private async Task<IResult> SettleAsync(string text, SettleVerb verb, HttpContext context)
    {
        SettleReason? reason = verb == SettleVerb.Accept
            ? null
            : await RequestBody.ReadOptionalJsonAsync(context.Request, RestanteJson.Plain.SettleReason, options.MaxRegistryBodyBytes);
        return Answers.Done(await SettleAsync(context, text, verb, reason?.Reason));
    }

    private async Task<IResult> RenewAsync(string lease, HttpContext context)
    {
        Result<SettleResult> renewed = await SettleAsync(context, lease, SettleVerb.Renew, null);
        if (!renewed.IsSuccess)
            return Answers.Refused(renewed.Refusal);
        long until = gateway.Time.GetUtcNow().ToUnixTimeMilliseconds() + gateway.Limits.LeaseDurationMs;
        return Answers.Json(new LeaseView { Lease = lease, LeasedUntil = Times.Of(until) }, RestanteJson.Plain.LeaseView);
    }

    private async ValueTask<Result<SettleResult>> SettleAsync(HttpContext context, string text, SettleVerb verb, string? reason)
    {
        using DeviceVisit? visit = sessions.Find(context);
        return LeaseId.TryParse(text, out LeaseId lease) && visit?.Session.Hold is MailboxHold hold
            ? await hold.SettleAsync(lease, verb, reason)
            : new Refusal(RefusalKind.Expired, "There is no such lease, or it is not valid any more; nothing was changed.");
    }

    private static Result<string?> ReadSelector(HttpRequest request)
    {
        string? text = s_selector.Text(request);
        if (text is null)
            return Result.Success<string?>(null);
        Result<MessageSelector> parsed = MessageSelector.Parse(text);
        return parsed.IsSuccess ? text : parsed.Refusal;
    }

    private static IResult Page(Result<IReadOnlyList<LeasedMessage>> leased) => Answers.Show(
        leased, static mail => new DeliveryPage { Items = [.. mail.Select(MessageViews.Of)] }, RestanteJson.Plain.DeliveryPage);
}
