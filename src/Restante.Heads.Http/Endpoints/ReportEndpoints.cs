using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Feeds;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>What devices reported: on one command, and on all.</summary>
internal sealed class ReportEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room)
{
    private const string Tag = "Commands";
    private const int StreamChunk = 100;

    private static readonly QueryParameter s_from =
        new("from", JsonSchemaType.Integer, "The number of the first report wanted; 1 when not given.", 1, int.MaxValue);

    private static readonly QueryParameter s_max = UsualQuery.Max("reports", 100, ReportHub.MaxPage);

    private readonly QueryParameter _wait = UsualQuery.Wait(options);

    private readonly FeedReading<ReportRecord> _feed = new(room, options, "reports", "place")
    {
        Read = (by, after, max) => ReadFeedAsync(gateway, by, after, max),
        PlaceOf = static report => report.FeedNumber,
        SizeOf = static (size, report) => size.Of(ReportViews.Of(report), RestanteJson.Plain.ReportView),
        Step = PageBounds.ContentStep,
        FindLast = () => FindLastAsync(gateway),
        Added = gateway.Reports.Added,
        Show = Page,
        Write = static (stream, report) => Write(stream, report.FeedNumber, report),
        StreamChunk = StreamChunk,
    };

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/commands/{id}/reports", "readCommandReports", "Reads what a device reported on a command.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Details = "With the Accept header text/event-stream the reports come as events named report, with their number as id. "
                    + "After the final one the stream ends, with an event named end and the reason final.",
                Query = [s_from, s_max, _wait],
                Headers = [("Last-Event-ID", "Event streams: go on after this number.")],
                Answers = [(200, typeof(ReportPage), "A page of reports.")],
                Streams = true,
                Refusals = [RefusalKind.NotFound],
            },
            ReadOfCommandAsync);
        map.Add(
            new("GET", "/v1/reports", "readReports", "Reads what devices report on all commands, in the order in which they do.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Details = "With the Accept header text/event-stream the reports come as events named report, with their place as id; "
                    + "events named gap tell of reports that are no longer kept, and one named end why the stream ends.",
                Query = _feed.Query,
                Headers = [("Last-Event-ID", "Event streams: go on after this place.")],
                Answers = [(200, typeof(ReportPage), "A page of reports.")],
                Streams = true,
            },
            _feed.AnswerAsync);
    }

    private async Task<IResult> ReadOfCommandAsync(string id, HttpContext context)
    {
        bool streams = EventStream.IsWanted(context.Request);
        int max = s_max.Count(context.Request);
        TimeSpan patience = _wait.Seconds(context.Request);
        int from = (int)(s_from.Integer(context.Request) ?? 1);
        if (streams && EventStream.LastEventId(context.Request) is string last)
            from = int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < int.MaxValue
                ? number + 1
                : throw new MalformedRequestException("Last-Event-ID must be the number of a report.");
        if (!Sequence.TryParse(id, out Sequence command))
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "Command ids are numbers; there is no such command."));

        ServicePrincipal service = Caller.Service(context);
        if (!streams && patience == TimeSpan.Zero)
            return Page(await ReadAsync(max), from);
        Result<Waiter> entered = await room.EnterAsync(context);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        using SignalHold follow = gateway.Reports.Follow(command);
        using var bell = new NewsBell(follow.Signal);
        if (!streams)
            return Page(await room.UntilNewsAsync(waiter, bell, patience, () => ReadAsync(max), static reports => reports.Count > 0), from);
        if (await ReadAsync(1) is { IsSuccess: false } none)
            return Answers.Refused(none.Refusal);
        await StreamAsync(context, waiter, bell, command, from);
        return Results.Empty;

        ValueTask<Result<IReadOnlyList<ReportRecord>>> ReadAsync(int count) =>
            gateway.Reports.ReadAsync(service, command, from, count, options.MaxPageBytes);
    }

    private async Task StreamAsync(HttpContext context, Waiter waiter, NewsBell bell, Sequence command, int from)
    {
        ServicePrincipal service = Caller.Service(context);
        await room.StreamAsync(context, waiter, bell, async (stream, cancellation) =>
        {
            Result<IReadOnlyList<ReportRecord>> read = await gateway.Reports.ReadAsync(
                service, command, from, StreamChunk, EventStream.ChunkBytes);
            if (!read.IsSuccess)
                return read.Refusal;
            foreach (ReportRecord report in read.Value)
            {
                Write(stream, report.Number, report);
                from = report.Number + 1;
                if (report.IsFinal)
                    stream.EndAfterThis("final");
            }

            if (read.Value.Count > 0)
                await stream.FlushAsync(cancellation);
            return NewsLooks.Of(read.Value.Count);
        });
    }

    private static IResult Page(Result<IReadOnlyList<ReportRecord>> read, int from)
    {
        if (!read.IsSuccess)
            return Answers.Refused(read.Refusal);
        return Page(new FeedPage<ReportRecord>(read.Value, read.Value.Count > 0 ? read.Value[^1].Number + 1L : from, 0));
    }

    private static async ValueTask<Result<FeedPage<ReportRecord>>> ReadFeedAsync(
        Gateway gateway, ServicePrincipal by, long after, int max)
    {
        Result<ReportBatch> read = await gateway.Reports.ReadFeedAsync(by, after, max);
        if (!read.IsSuccess)
            return read.Refusal;
        ReportBatch batch = read.Value;
        return FeedPage<ReportRecord>.After(
            after, batch.Reports, batch.SkippedByRetention, static r => r.FeedNumber, batch.Next, batch.IsUnfinished);
    }

    private static async ValueTask<Result<long>> FindLastAsync(Gateway gateway)
    {
        Result<ReportBatch> last = await gateway.Reports.ReadFeedAsync(long.MaxValue, 1);
        return last.IsSuccess ? last.Value.LastNumber : last.Refusal;
    }

    private static void Write(EventStream stream, long place, ReportRecord report) =>
        stream.Add("report", place.ToString(CultureInfo.InvariantCulture), ReportViews.Of(report), RestanteJson.Plain.ReportView);

    private static IResult Page(FeedPage<ReportRecord> read) => Answers.Json(
        new ReportPage { Items = [.. read.Items.Select(ReportViews.Of)], Next = read.Next, Skipped = read.Skipped },
        RestanteJson.Plain.ReportPage);
}
