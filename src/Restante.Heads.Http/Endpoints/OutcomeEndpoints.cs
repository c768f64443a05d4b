using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/outcomes</c>: how commands ended.</summary>
internal sealed class OutcomeEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room)
{
    private const string Latest = "latest";
    private const int StreamChunk = 200;

    private static readonly QueryParameter s_after = new(
        "after",
        JsonSchemaType.String,
        "The number of the outcome to go on after; 0, the beginning, when not given; latest for only what is to come.");

    private static readonly QueryParameter s_max =
        new("max", JsonSchemaType.Integer, "How many outcomes at the most; 100 when not given.", 1, 1_000);

    private readonly QueryParameter _wait = new(
        "wait",
        JsonSchemaType.Number,
        "How long to wait when there is nothing yet, in seconds; not at all when not given.",
        0,
        options.MaxPollWaitSeconds);

    public void Map(EndpointMap map) => map.Add(
        new("GET", "/v1/outcomes", "readOutcomes", "Reads how commands ended, in the order in which they did.")
        {
            Tag = "Commands",
            Right = Rights.Send,
            Details = "With the Accept header text/event-stream the outcomes come as events named outcome, with their number as id; "
                + "events named gap tell of outcomes that are no longer kept, and one named end why the stream ends.",
            Query = [s_after, s_max, _wait],
            Headers = [("Last-Event-ID", "Event streams: go on after this number.")],
            Answers = [(200, typeof(OutcomePage), "A page of outcomes.")],
            Streams = true,
            Refusals = [RefusalKind.Malformed],
        },
        ReadAsync);

    private async Task<IResult> ReadAsync(HttpContext context)
    {
        bool streams = EventStream.IsWanted(context.Request);
        int max = (int)(s_max.Integer(context.Request) ?? 100);
        TimeSpan patience = _wait.Seconds(context.Request);
        string? lastEventId = streams ? EventStream.LastEventId(context.Request) : null;
        Result<long> start = await FindStartAsync(lastEventId ?? s_after.Text(context.Request));
        if (!start.IsSuccess)
            return Answers.Refused(start.Refusal);
        if (!streams && patience == TimeSpan.Zero)
            return Page(await gateway.Outcomes.ReadAsync(start.Value, max), start.Value);

        Result<Waiter> entered = await room.EnterAsync(context);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        using var bell = new NewsBell(gateway.Outcomes.Added);
        if (!streams)
        {
            Result<OutcomeBatch> news = await room.UntilNewsAsync(
                waiter, bell, patience, () => gateway.Outcomes.ReadAsync(start.Value, max), static batch => !IsEmpty(batch));
            return Page(news, start.Value);
        }

        long after = start.Value;
        await room.StreamAsync(context, waiter, bell, async (stream, cancellation) =>
        {
            Result<OutcomeBatch> batch = await gateway.Outcomes.ReadAsync(after, StreamChunk);
            if (!batch.IsSuccess)
                return batch.Refusal;
            if (IsEmpty(batch.Value))
                return false;
            if (batch.Value.SkippedByRetention > 0)
                stream.Add("gap", null, new StreamGap { Skipped = batch.Value.SkippedByRetention }, RestanteJson.Plain.StreamGap);
            foreach (OutcomeRecord record in batch.Value.Outcomes)
            {
                string id = record.Number.ToString(CultureInfo.InvariantCulture);
                stream.Add("outcome", id, CommandViews.Outcome(record), RestanteJson.Plain.OutcomeView);
            }

            after = NextOf(batch.Value, after);
            await stream.FlushAsync(cancellation);
            return true;
        });
        return Results.Empty;
    }

    private static bool IsEmpty(OutcomeBatch batch) => batch.Outcomes.Count == 0 && batch.SkippedByRetention == 0;

    private static IResult Page(Result<OutcomeBatch> batch, long after)
    {
        if (!batch.IsSuccess)
            return Answers.Refused(batch.Refusal);
        var page = new OutcomePage
        {
            Items = [.. batch.Value.Outcomes.Select(CommandViews.Outcome)],
            Next = NextOf(batch.Value, after),
            Skipped = batch.Value.SkippedByRetention,
        };
        return Answers.Json(page, RestanteJson.Plain.OutcomePage);
    }

    private static long NextOf(OutcomeBatch batch, long after) =>
        batch.Outcomes.Count > 0 ? batch.Outcomes[^1].Number : after + batch.SkippedByRetention;

    private async ValueTask<Result<long>> FindStartAsync(string? text)
    {
        if (text is null)
            return 0L;
        if (text == Latest)
            return await gateway.Outcomes.FindLastAsync();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new MalformedRequestException($"Outcomes are read after a number, or after {Latest}.");
    }
}
