using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Feeds;
using Restante.Heads.Http.Handling;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Services handle inquiries: take, answer, settle, and learn what ended without them.</summary>
internal sealed class InquiryEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room)
{
    private const string Tag = "Inquiries";
    private const int StreamChunk = 50;

    private static readonly QueryParameter s_max = UsualQuery.Max("inquiries", 10, 100);
    private static readonly QueryParameter s_window =
        UsualQuery.Window("inquiries may be in hand, not dealt with", 10, 100);

    private static readonly QueryParameter s_maxEnded = UsualQuery.Max("ends");
    private static readonly QueryParameter s_after = new(
        "after", JsonSchemaType.Integer, "The number of the end to go on after; 0 when not given.");
    private static readonly QueryParameter s_final = new(
        "final", JsonSchemaType.Boolean, "Given, alone or as true, when no other answer follows.");

    private static readonly QueryParameter s_number = new(
        "number",
        JsonSchemaType.Integer,
        "Its place among the answers, from 1; the next one when not given. With it the request can be repeated.",
        1,
        int.MaxValue);

    private readonly QueryParameter _wait = UsualQuery.Wait(options);
    private readonly MessageReading _reading = new(gateway.Limits);
    private readonly InquiriesInHand _inHand = new();

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/inquiries/{name}", "takeInquiries", "Takes the next inquiries; the name is the subject.")
            {
                Tag = Tag,
                Right = Rights.InquiryAnswer,
                AnswersHead = false,
                Details = "Handlers of a subject compete. Each inquiry is under a lease: answer, settle or renew it before it lapses; "
                    + "else another handler gets it. Who polls counts as a handler of the subject for as long as a lease holds after the "
                    + "poll.",
                Query = [_wait, s_max],
                Answers = [(200, typeof(InquiryPage), "The inquiries, none when there were none within the wait.")],
            },
            TakeAsync);
        map.Add(
            new("GET", "/v1/inquiries/{name}/stream", "streamInquiries", "Streams inquiries as they come; the name is the subject.")
            {
                Tag = Tag,
                Right = Rights.InquiryAnswer,
                AnswersHead = false,
                Details = "Server-sent events named inquiry, with the lease as id; answer or settle each by its own request. No more than "
                    + "max are in hand at a time; what is answered, settled or has lapsed makes room. Leases outlive the stream: what was "
                    + "handed out can be answered after it has broken, and comes again, to whichever handler, when its lease lapses. "
                    + "Last-Event-ID is taken and means nothing. An event named end says why the stream ends.",
                Query = [s_window],
                Headers = [("Last-Event-ID", "Taken, and without meaning.")],
                Answers = [(200, typeof(InquiryView), "The stream; the data of each event is an inquiry.")],
                AnswerMedia = EventStream.MediaType,
            },
            StreamAsync);
        map.Add(
            new("POST", "/v1/inquiries/{id}/answers", "answerInquiry", "Answers an inquiry.")
            {
                Tag = Tag,
                Right = Rights.InquiryAnswer,
                Audit = AuditRule.None,
                Details = "One answer, or a numbered stream with an end mark. The handler keeps the inquiry from its first answer on. A "
                    + "body of another content type than application/json is sent as it is.",
                Query = [s_final, s_number],
                Headers = MessageReading.Headers,
                Body = typeof(AnswerCreation),
                TakesRawBody = true,
                Answers =
                [
                    (200, typeof(AnswerReceipt), "An answer of that number was there already; nothing was changed."),
                    (201, typeof(AnswerReceipt), "The answer is durably in the mailbox of the device."),
                ],
                Refusals = [RefusalKind.NotFound, RefusalKind.Expired, RefusalKind.Conflict, RefusalKind.MailboxFull, RefusalKind.TooLarge],
            },
            AnswerAsync);
        AddSettle(
            map, "accept", SettleVerb.Accept, "Keeps an inquiry: no other handler gets it, and answers are taken until its deadline.");
        AddSettle(
            map, "reject", SettleVerb.Reject, "Refuses to answer an inquiry: it ends, and the device is told by a final answer.");
        AddSettle(map, "release", SettleVerb.Release, "Gives an inquiry back: another handler gets it.");
        AddSettle(map, "renew", SettleVerb.Renew, "Holds the lease of an inquiry longer.");
        map.Add(
            new("GET", "/v1/inquiries/{name}/ended", "readEndedInquiries", "Reads what ended of a subject without a handler's doing.")
            {
                Tag = Tag,
                Right = Rights.InquiryAnswer,
                Query = [s_after, s_maxEnded, _wait],
                Answers = [(200, typeof(EndedInquiryPage), "A page of ends.")],
            },
            ReadEndedAsync);
    }

    private void AddSettle(EndpointMap map, string word, SettleVerb verb, string summary) => map.Add(
        new("POST", $"/v1/inquiries/{{lease}}/{word}", word + "Inquiry", summary)
        {
            Tag = Tag,
            Right = Rights.InquiryAnswer,
            Audit = AuditRule.None,
            Body = verb == SettleVerb.Reject ? typeof(SettleReason) : null,
            BodyIsOptional = true,
            Answers = [(204, null, "It is done, durably.")],
            Refusals = verb == SettleVerb.Reject
                ? [RefusalKind.Expired, RefusalKind.MailboxFull, RefusalKind.TooLarge]
                : [RefusalKind.Expired, RefusalKind.MailboxFull],
        },
        (string lease, HttpContext context) => SettleAsync(lease, verb, context));

    private async Task<IResult> TakeAsync(string name, HttpContext context)
    {
        int max = s_max.Count(context.Request);
        TimeSpan patience = _wait.Seconds(context.Request);
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
            Result<InquiryHandler> attached = gateway.Inquiries.Attach(Caller.Service(context), name);
            if (!attached.IsSuccess)
                return Answers.Refused(attached.Refusal);
            InquiryHandler handler = attached.Value;
            try
            {
                if (waiter is null)
                    return Page(await handler.TakeAsync(max, options.MaxPageBytes));
                using var bell = new NewsBell(handler.Added);
                Result<IReadOnlyList<TakenInquiry>> taken = await room.UntilNewsAsync(
                    waiter,
                    bell,
                    patience,
                    () => TakeUnlessEndedAsync(handler, max, waiter.Ended),
                    static inquiries => inquiries.Count > 0);
                return waiter.Lost is Refusal lost ? Answers.Refused(lost) : Page(taken);
            }
            finally
            {
                handler.EndPoll();
            }
        }
    }

    private async Task<IResult> StreamAsync(string name, HttpContext context)
    {
        int max = s_window.Count(context.Request);
        Result<Waiter> entered = await room.EnterAsync(context);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        Result<InquiryHandler> attached = gateway.Inquiries.Attach(Caller.Service(context), name);
        if (!attached.IsSuccess)
            return Answers.Refused(attached.Refusal);
        InquiryHandler handler = attached.Value;
        using var window = new HandlerWindow(_inHand, max);
        using var bell = new NewsBell(handler.Added, window.Freed);
        try
        {
            await room.StreamAsync(
                context, waiter, bell, (stream, cancellation) => WriteNewsAsync(stream, handler, window, cancellation));
        }
        finally
        {
            handler.EndPoll(); // A reader whose stream broke comes again.
        }

        return Results.Empty;
    }

    private async ValueTask<Result<NewsLook>> WriteNewsAsync(
        EventStream stream, InquiryHandler handler, HandlerWindow window, CancellationToken cancellation)
    {
        int free = Math.Min(StreamChunk, window.Room(gateway.Time.GetUtcNow().ToUnixTimeMilliseconds()));
        if (free == 0 || cancellation.IsCancellationRequested)
            return NewsLook.Nothing;
        Result<IReadOnlyList<TakenInquiry>> taken = await handler.TakeAsync(free, EventStream.ChunkBytes);
        if (!taken.IsSuccess)
            return taken.Refusal;
        window.Add(taken.Value);
        foreach (TakenInquiry inquiry in taken.Value)
            stream.Add("inquiry", inquiry.Lease.ToString(), InquiryViews.Of(inquiry), RestanteJson.Plain.InquiryView);
        if (taken.Value.Count > 0)
            await stream.FlushAsync(cancellation);
        return NewsLooks.Of(taken.Value.Count);
    }

    // Who is gone is handed nothing.
    private ValueTask<Result<IReadOnlyList<TakenInquiry>>> TakeUnlessEndedAsync(InquiryHandler handler, int max, CancellationToken ended) =>
        ended.IsCancellationRequested
            ? ValueTask.FromResult(Result.Success<IReadOnlyList<TakenInquiry>>([]))
            : handler.TakeAsync(max, options.MaxPageBytes);

    private async Task<IResult> AnswerAsync(string id, HttpContext context)
    {
        bool isFinal = s_final.Flag(context.Request);
        int number = (int)(s_number.Integer(context.Request) ?? 0);
        byte[] content = RequestBody.IsJson(context.Request)
            ? MessageReading.Unwrap(
                await _reading.ReadWrappedAsync(context.Request, RestanteJson.Plain.AnswerCreation), context.Request).Encode()
            : (await _reading.ReadRawAsync(context.Request)).Encode();
        if (!InquiryNumber.TryParse(id, out InquiryNumber inquiry))
            return Answers.Refused(
                new Refusal(RefusalKind.NotFound, "Inquiries are answered under their numbers; there is no such inquiry."));
        Result<StoredAnswer> answered = await gateway.Inquiries.AnswerAsync(Caller.Service(context), inquiry, content, isFinal, number);
        if (!answered.IsSuccess)
            return Answers.Refused(answered.Refusal);
        _inHand.Dealt(inquiry);
        var receipt = new AnswerReceipt { Inquiry = id, Number = answered.Value.Number, IsDuplicate = answered.Value.IsDuplicate };
        return Answers.Json(
            receipt, RestanteJson.Plain.AnswerReceipt, answered.Value.IsDuplicate ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private async Task<IResult> SettleAsync(string text, SettleVerb verb, HttpContext context)
    {
        SettleReason? reason = verb == SettleVerb.Reject
            ? await RequestBody.ReadOptionalJsonAsync(context.Request, RestanteJson.Plain.SettleReason, options.MaxRegistryBodyBytes)
            : null;
        if (!InquiryLease.TryParse(text, out InquiryLease lease))
            return Answers.Refused(
                new Refusal(RefusalKind.Expired, "There is no such lease, or it is not valid any more; nothing was changed."));
        Result<InquiryOutcome?> settled = await gateway.Inquiries.SettleAsync(Caller.Service(context), lease, verb, reason?.Reason);
        if (!settled.IsSuccess && settled.Refusal is Refusal refusal)
            return Answers.Refused(refusal);
        if (verb == SettleVerb.Renew)
            _inHand.Renewed(lease.Number, gateway.Time.GetUtcNow().ToUnixTimeMilliseconds() + gateway.Limits.LeaseDurationMs);
        else
            _inHand.Dealt(lease.Number);
        return Answers.NoContent();
    }

    private async Task<IResult> ReadEndedAsync(string name, HttpContext context)
    {
        int max = s_maxEnded.Count(context.Request);
        long after = s_after.Integer(context.Request) ?? 0;
        ServicePrincipal service = Caller.Service(context);
        TimeSpan patience = _wait.Seconds(context.Request);
        if (patience == TimeSpan.Zero)
            return Page(await ReadPageAsync(service, name, after, max));
        Result<Waiter> entered = await room.EnterAsync(context);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        using SignalHold follow = gateway.Inquiries.FollowEnded(name);
        using var bell = new NewsBell(follow.Signal);
        return Page(
            await room.UntilNewsAsync(waiter, bell, patience, ReadOnAsync, static page => page.Items.Count > 0 || page.IsUnfinished));

        // What was passed over is not looked at again.
        async ValueTask<Result<FeedPage<EndedInquiry>>> ReadOnAsync()
        {
            Result<FeedPage<EndedInquiry>> read = await ReadPageAsync(service, name, after, max);
            if (read is { IsSuccess: true, Value.Items.Count: 0 })
                after = read.Value.Next;
            return read;
        }
    }

    private async ValueTask<Result<FeedPage<EndedInquiry>>> ReadPageAsync(ServicePrincipal service, string name, long after, int max)
    {
        using var size = new JsonSize();
        return await FeedPage<EndedInquiry>.ReadAsync(
            after,
            new PageBounds(max, options.MaxPageBytes, PageBounds.UsualStep),
            async (from, count) =>
            {
                Result<EndedInquiryBatch> read = await gateway.Inquiries.ReadEndedAsync(service, name, from, count);
                if (!read.IsSuccess)
                    return read.Refusal;
                EndedInquiryBatch batch = read.Value;
                return new FeedPage<EndedInquiry>(
                    batch.Ended,
                    batch.Next ?? (batch.Ended.Count > 0 ? batch.Ended[^1].Number : from),
                    batch.SkippedByRetention,
                    batch.IsUnfinished);
            },
            static ended => ended.Number,
            ended => size.Of(InquiryViews.Of(ended), RestanteJson.Plain.EndedInquiryView));
    }

    private static IResult Page(Result<IReadOnlyList<TakenInquiry>> taken) => Answers.Show(
        taken, static inquiries => new InquiryPage { Items = [.. inquiries.Select(InquiryViews.Of)] }, RestanteJson.Plain.InquiryPage);

    private static IResult Page(Result<FeedPage<EndedInquiry>> read) => Answers.Show(
        read,
        static page => new EndedInquiryPage { Items = [.. page.Items.Select(InquiryViews.Of)], Next = page.Next, Skipped = page.Skipped },
        RestanteJson.Plain.EndedInquiryPage);
}
