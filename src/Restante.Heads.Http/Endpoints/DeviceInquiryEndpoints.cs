using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Sessions;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>A device asks, and takes back what it asked.</summary>
internal sealed class DeviceInquiryEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room, DeviceSessions sessions)
{
    private const string Tag = "For devices: inquiries";

    private static readonly QueryParameter s_id = new(
        "id",
        JsonSchemaType.String,
        "The device's own id of the inquiry; the same one again is the same inquiry. The gateway makes one when not given.");

    private static readonly QueryParameter s_until = new(
        "until", JsonSchemaType.String, "From when on no answer is taken, RFC 3339; the gateway's default when not given.");

    private static readonly QueryParameter s_onlyIfHandled =
        new("only-if-handled", JsonSchemaType.Boolean, "Given to have the inquiry refused as not-found while nobody handles the subject.");

    private static readonly QueryParameter s_accept = new(
        "accept",
        JsonSchemaType.Boolean,
        "Given when an answer within the wait is to be accepted as it is handed out: it is lost if the response is.");

    private readonly QueryParameter _wait = new(
        UsualQuery.WaitName,
        JsonSchemaType.Number,
        "How long to wait for the first answer, in seconds; not at all when not given. Waiting takes the mailbox.",
        0,
        options.MaxPollWaitSeconds);

    private readonly MessageReading _reading = new(gateway.Limits);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("POST", "/v1/inquiries/{name}", "ask", "Asks; the name is the subject.")
            {
                Tag = Tag,
                IsForDevices = true,
                Details = "The body is the question, sent as it is with its content type. The answers come through the mailbox. An answer "
                    + "within the wait comes in this response too, under a lease as all mail: accept it.",
                Query = [_wait, s_id, s_until, s_onlyIfHandled, s_accept],
                Headers = MessageReading.Headers,
                TakesRawBody = true,
                Answers =
                [
                    (200, typeof(DeliveredMessage), "The first answer, which came within the wait."),
                    (202, typeof(InquiryReceipt), "The inquiry is stored durably; answers come by mailbox."),
                ],
                Refusals = [RefusalKind.NotFound, RefusalKind.TooLarge, RefusalKind.Expired, RefusalKind.Conflict],
            },
            AskAsync);
        map.Add(
            new("DELETE", "/v1/inquiries/{name}", "cancelInquiry", "Takes an inquiry back; the name is its id.")
            {
                Tag = Tag,
                IsForDevices = true,
                Details = "Its handlers can learn of it. Answers that are in the mailbox already stay there. Once more is no error.",
                Answers = [(204, null, "It is cancelled, durably.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Expired, RefusalKind.Conflict],
            },
            CancelAsync);
    }

    private async Task<IResult> AskAsync(string name, HttpContext context)
    {
        HttpRequest request = context.Request;
        TimeSpan patience = _wait.Seconds(request);
        var question = new Question(
            name,
            s_id.Text(request),
            s_until.Time(request)?.ToUnixTimeMilliseconds(),
            s_onlyIfHandled.Flag(request),
            s_accept.Flag(request));
        byte[] content = (await _reading.ReadRawAsync(request)).Encode();
        if (patience == TimeSpan.Zero)
            return Receipt(await StoreAsync(context, question, content));

        // The place to wait and the mailbox are taken first, so that an inquiry is never stored and then refused for want of them.
        Result<DeviceVisit> visited = await sessions.VisitAsync(context);
        if (!visited.IsSuccess)
            return Answers.Refused(visited.Refusal);
        using DeviceVisit visit = visited.Value;
        Result<Waiter> entered = room.Enter(context, visit.Session);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        Result<MailboxHold> held = await visit.Session.HoldAsync();
        if (!held.IsSuccess)
            return Answers.Refused(held.Refusal);
        question = question with { Id = question.Id ?? Guid.CreateVersion7(gateway.Time.GetUtcNow()).ToString("N") };
        held.Value.Claim(question.Id);
        try
        {
            Result<AskedInquiry> asked = await StoreAsync(context, question, content);
            return asked.IsSuccess
                ? await AnswerAsync(asked.Value, question, held.Value, waiter, patience)
                : Answers.Refused(asked.Refusal);
        }
        finally
        {
            held.Value.Unclaim(question.Id);
        }
    }

    private ValueTask<Result<AskedInquiry>> StoreAsync(HttpContext context, in Question question, byte[] content) =>
        gateway.Inquiries.AskAsync(
            Caller.Device(context), question.Subject, question.Id, content, question.DeadlineMs, question.OnlyIfHandled);

    private async ValueTask<IResult> AnswerAsync(AskedInquiry asked, Question question, MailboxHold hold, Waiter waiter, TimeSpan patience)
    {
        InquiryRecord inquiry = asked.Inquiry;
        var answers = new AnswerFilter(inquiry.Id);
        using var bell = new NewsBell(hold.News);
        Result<IReadOnlyList<LeasedMessage>> leased = await room.UntilNewsAsync(
            waiter,
            bell,
            inquiry.Outcome is null ? Shorter(patience, inquiry.DeadlineMs) : TimeSpan.Zero, // What has ended gets no more answers.
            () => hold.LeaseAnswerAsync(answers, waiter.Ended),
            static messages => messages.Count > 0);
        if (waiter.Lost is Refusal lost)
            return Answers.Refused(lost);

        // The inquiry is stored: a mailbox that was lost meanwhile only means that the answer comes another way.
        if (!leased.IsSuccess || leased.Value.Count == 0)
            return Receipt(asked);
        LeasedMessage answer = leased.Value[0];
        if (question.Accepts)
        {
            Result<SettleResult> accepted = await hold.SettleAsync(answer.Lease, SettleVerb.Accept, null);
            if (!accepted.IsSuccess)
                return Answers.Refused(accepted.Refusal);
        }

        return Answers.Json(MessageViews.Of(answer), RestanteJson.Plain.DeliveredMessage);
    }

    private TimeSpan Shorter(TimeSpan patience, long deadlineMs)
    {
        long rest = deadlineMs - gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();
        return patience.TotalMilliseconds <= rest ? patience : TimeSpan.FromMilliseconds(Math.Max(0, rest));
    }

    private async Task<IResult> CancelAsync(string name, HttpContext context) =>
        Answers.Done(await gateway.Inquiries.CancelAsync(Caller.Device(context), name));

    private static IResult Receipt(Result<AskedInquiry> asked) =>
        Answers.Show(asked, InquiryViews.Receipt, RestanteJson.Plain.InquiryReceipt, StatusCodes.Status202Accepted);

    private readonly record struct Question(string Subject, string? Id, long? DeadlineMs, bool OnlyIfHandled, bool Accepts);
}
