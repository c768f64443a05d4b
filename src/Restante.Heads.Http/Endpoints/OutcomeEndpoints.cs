using System.Globalization;
using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Feeds;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/outcomes</c>: how commands ended.</summary>
internal sealed class OutcomeEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room)
{
    private readonly FeedReading<OutcomeRecord> _feed = new(room, options, "outcomes", "number")
    {
        Read = (by, after, max) => ReadAsync(gateway, by, after, max),
        PlaceOf = static outcome => outcome.Number,
        SizeOf = static (size, outcome) => size.Of(CommandViews.Outcome(outcome), RestanteJson.Plain.OutcomeView),
        FindLast = gateway.Outcomes.FindLastAsync,
        Added = gateway.Outcomes.Added,
        Show = Page,
        Write = Write,
        StreamChunk = 200,
    };

    public void Map(EndpointMap map) => map.Add(
        new("GET", "/v1/outcomes", "readOutcomes", "Reads how commands ended, in the order in which they did.")
        {
            Tag = "Commands",
            Right = Rights.Send,
            Details = "With the Accept header text/event-stream the outcomes come as events named outcome, with their number as id; "
                + "events named gap tell of outcomes that are no longer kept, and one named end why the stream ends.",
            Query = _feed.Query,
            Headers = [("Last-Event-ID", "Event streams: go on after this number.")],
            Answers = [(200, typeof(OutcomePage), "A page of outcomes.")],
            Streams = true,
            Refusals = [RefusalKind.Malformed],
        },
        _feed.AnswerAsync);

    private static async ValueTask<Result<FeedPage<OutcomeRecord>>> ReadAsync(
        Gateway gateway, ServicePrincipal by, long after, int max)
    {
        Result<OutcomeBatch> read = await gateway.Outcomes.ReadAsync(by, after, max);
        if (!read.IsSuccess)
            return read.Refusal;
        OutcomeBatch batch = read.Value;
        return FeedPage<OutcomeRecord>.After(
            after, batch.Outcomes, batch.SkippedByRetention, static o => o.Number, batch.Next, batch.IsUnfinished);
    }

    private static void Write(EventStream stream, OutcomeRecord record) => stream.Add(
        "outcome", record.Number.ToString(CultureInfo.InvariantCulture), CommandViews.Outcome(record), RestanteJson.Plain.OutcomeView);

    private static IResult Page(FeedPage<OutcomeRecord> read) => Answers.Json(
        new OutcomePage { Items = [.. read.Items.Select(CommandViews.Outcome)], Next = read.Next, Skipped = read.Skipped },
        RestanteJson.Plain.OutcomePage);
}
