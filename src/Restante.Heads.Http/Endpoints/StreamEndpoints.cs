using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Streams;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Streams;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/telemetry</c> and <c>/v1/events</c>.</summary>
internal sealed class StreamEndpoints(
    Gateway gateway, StreamReading reading, GroupReading groups, HttpHeadOptions options, WaitingRoom room)
{
    private const string Tag = "Telemetry and events";
    private const int StreamChunk = 200;
    private const string StreamDetails =
        " With the Accept header text/event-stream the records come as events with a cursor as id; events named gap tell of records that "
        + "are no "
        + "longer kept, and one named end why the stream ends.";

    private static readonly QueryParameter s_from = new(
        "from", JsonSchemaType.String, $"Where to begin: {StartText.Rule}; earliest when not given. Not together with cursor.");

    private static readonly QueryParameter s_cursor = new("cursor", JsonSchemaType.String, "Where to go on: next of the page before.");

    private static readonly QueryParameter s_max =
        UsualQuery.Max("records");

    private static readonly QueryParameter s_group = new(
        "group",
        JsonSchemaType.String,
        "Read as a reader of this consumer group: its readers share the partitions, and go on at its checkpoints. Not with partition, "
        + "cursor or an event stream.");

    private static readonly QueryParameter s_reader = new("reader", JsonSchemaType.String, "With group: what the reader calls itself.");

    private static readonly (string, string)[] s_headers = [("Last-Event-ID", "Event streams: go on after this event.")];

    private readonly QueryParameter _partition = new(
        "partition", JsonSchemaType.Integer, "The partition to read; all of them when not given.", 0, gateway.Telemetry.Partitions - 1);

    private readonly QueryParameter _wait = UsualQuery.Wait(options);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/telemetry", "readTelemetry", "Reads telemetry of one partition or of all.")
            {
                Tag = Tag,
                Right = Rights.TelemetryRead,
                Details = "Readers are independent of each other; each names its own place. Sequence numbers and offsets belong to one "
                    + "partition." + StreamDetails + " A reader of a consumer group holds its partitions as long as it polls, and for a "
                    + "lease after; what it does not accept by a checkpoint it is handed again.",
                Query = [_partition, s_from, s_cursor, s_max, _wait, s_group, s_reader],
                Headers = s_headers,
                Answers = [(200, typeof(StreamPage), "A page of records.")],
                Streams = true,
                Refusals = [RefusalKind.Expired, RefusalKind.Conflict],
            },
            (HttpContext context) => ReadTelemetryAsync(context));
        map.Add(
            new("GET", "/v1/telemetry/partitions", "listPartitions", "Shows the ends of the telemetry partitions.")
            {
                Tag = Tag,
                Right = Rights.TelemetryRead,
                Answers = [(200, typeof(PartitionPage), "All partitions.")],
            },
            ListPartitions);
        map.Add(
            new("GET", "/v1/events", "readEvents", "Reads device and session events.")
            {
                Tag = Tag,
                Right = Rights.TelemetryRead,
                Details = "The channel of a record is the name of the event: created, changed, removed, connected, disconnected or "
                    + "taken-over."
                    + StreamDetails,
                Query = [s_from, s_cursor, s_max, _wait],
                Headers = s_headers,
                Answers = [(200, typeof(StreamPage), "A page of events.")],
                Streams = true,
                Refusals = [RefusalKind.Malformed],
            },
            (HttpContext context) => ReadAsync(context, events: true));
    }

    private async Task<IResult> ReadTelemetryAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string? reader = s_reader.Text(request);
        if (s_group.Text(request) is not string group)
        {
            return reader is null
                ? await ReadAsync(context, events: false)
                : throw new MalformedRequestException("The parameter 'reader' is of use together with 'group' only.");
        }

        if (EventStream.IsWanted(request))
            throw new MalformedRequestException("Consumer groups are read by polls; an event stream cannot say what was dealt with.");
        if (_partition.Text(request) is not null || s_cursor.Text(request) is not null)
            throw new MalformedRequestException(
                "A group goes on at its checkpoints, in the partitions that its reader holds: give no 'partition' or 'cursor'.");
        if (reader is null)
            throw new MalformedRequestException("The parameter 'group' needs a 'reader', what the reader calls itself.");
        StreamStart start = StartText.Parse(s_from.Text(request) ?? "earliest");
        return await groups.ReadAsync(context, group, reader, start, s_max.Count(request), _wait.Seconds(request));
    }

    private async Task<IResult> ReadAsync(HttpContext context, bool events)
    {
        HttpRequest request = context.Request;
        ServicePrincipal service = Caller.Service(context);
        bool streams = EventStream.IsWanted(request);
        int max = s_max.Count(request);
        TimeSpan patience = _wait.Seconds(request);
        Result<StreamCursor> placed = await PlaceAsync(request, events, streams ? EventStream.LastEventId(request) : null);
        if (!placed.IsSuccess)
            return Answers.Refused(placed.Refusal);
        StreamCursor cursor = placed.Value;
        if (!streams && patience == TimeSpan.Zero)
            return Page(await reading.ReadAsync(service, cursor, max, context.RequestAborted), cursor);

        Result<Waiter> entered = await room.EnterAsync(context);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        using var bell = new NewsBell(reading.Signals(cursor));
        if (!streams)
        {
            Result<StreamNews> news = await room.UntilNewsAsync(
                waiter, bell, patience, () => ReadOnAsync(service, cursor, max, waiter.Aborted), static n => !n.IsEmpty);
            return Page(news, cursor);
        }

        string name = events ? "event" : "telemetry";
        await room.StreamAsync(
            context, waiter, bell, (stream, cancellation) => WriteNewsAsync(service, stream, cursor, name, cancellation));
        return Results.Empty;
    }

    // What was passed over is not looked at again.
    private async ValueTask<Result<StreamNews>> ReadOnAsync(
        ServicePrincipal service, StreamCursor cursor, int max, CancellationToken aborted)
    {
        Result<StreamNews> read = await reading.ReadAsync(service, cursor, max, aborted);
        if (read is { IsSuccess: true, Value.IsEmpty: true })
            read.Value.Advance();
        return read;
    }

    private async ValueTask<Result<NewsLook>> WriteNewsAsync(
        ServicePrincipal service, EventStream stream, StreamCursor cursor, string name, CancellationToken cancellation)
    {
        Result<StreamNews> read = await reading.ReadAsync(service, cursor, StreamChunk, EventStream.ChunkBytes, cancellation);
        if (!read.IsSuccess)
            return read.Refusal;
        StreamNews news = read.Value;
        foreach (StreamGap gap in news.Gaps ?? [])
            stream.Add("gap", null, gap, RestanteJson.Plain.StreamGap);
        foreach ((int index, StreamRecord record) in news.Records)
        {
            cursor.MoveTo(index, record.SequenceNumber + 1);
            stream.Add(name, cursor.Encode(), news.View(index, record), RestanteJson.Plain.StreamRecordView);
        }

        news.Advance();
        if (!news.IsEmpty)
            await stream.FlushAsync(cancellation);
        return NewsLooks.Of(news.IsEmpty, news.PassedOver);
    }

    private static IResult Page(Result<StreamNews> read, StreamCursor cursor)
    {
        if (!read.IsSuccess)
            return Answers.Refused(read.Refusal);
        StreamNews news = read.Value;
        news.Advance();
        var page = new StreamPage
        {
            Items = [.. news.Records.Select(r => news.View(r.Index, r.Record))],
            Next = cursor.Encode(),
            Gaps = news.Gaps,
        };
        return Answers.Json(page, RestanteJson.Plain.StreamPage);
    }

    private async ValueTask<Result<StreamCursor>> PlaceAsync(HttpRequest request, bool events, string? lastEventId)
    {
        int? partition = events ? null : (int?)_partition.Integer(request);
        string? from = s_from.Text(request);
        string? given = lastEventId ?? s_cursor.Text(request);
        if (given is not null)
        {
            if (from is not null && lastEventId is null)
                throw new MalformedRequestException("Give 'from' or 'cursor', not both.");
            CursorScope scope = events ? CursorScope.Events : partition is null ? CursorScope.All : CursorScope.Partition;
            if (!StreamCursor.TryDecode(given, gateway.Telemetry.Partitions, out StreamCursor? cursor)
                || (events ? cursor.Scope != CursorScope.Events : cursor.Scope == CursorScope.Events)
                || (partition is int asked && (cursor.Scope != scope || cursor.Stream(0).Value != asked)))
            {
                throw new MalformedRequestException("The cursor is none of this gateway's, or belongs to another reading.");
            }

            return cursor;
        }

        StreamStart start = StartText.Parse(from ?? "earliest");
        StreamCursor fresh = events ? StreamCursor.ForEvents()
            : partition is int one ? StreamCursor.ForPartition(one)
            : StreamCursor.ForAll(gateway.Telemetry.Partitions);
        if (fresh.Scope == CursorScope.All && start.Kind is StreamStartKind.SequenceNumber or StreamStartKind.Offset)
            throw new MalformedRequestException(
                "Sequence numbers and offsets belong to one partition: give 'partition' too, or begin at a time.");
        Refusal? refusal = await reading.BeginAsync(fresh, start);
        return refusal is null ? fresh : refusal;
    }

    private IResult ListPartitions(HttpContext context)
    {
        var items = new List<PartitionView>(gateway.Telemetry.Partitions);
        for (int partition = 0; partition < gateway.Telemetry.Partitions; partition++)
        {
            Result<StreamInfo> info = gateway.Telemetry.GetInfo(StreamId.Telemetry(partition));
            if (!info.IsSuccess)
                return Answers.Refused(info.Refusal);
            StreamInfo ends = info.Value;
            items.Add(new PartitionView
            {
                Partition = partition,
                FirstSequenceNumber = ends.FirstSequenceNumber,
                NextSequenceNumber = ends.NextSequenceNumber,
                LastOffset = ends.LastOffset < 0 ? null : ends.LastOffset.ToString(System.Globalization.CultureInfo.InvariantCulture),
                LastEnqueuedAt = ends.LastEnqueuedAtMs == 0 ? null : Times.Of(ends.LastEnqueuedAtMs),
            });
        }

        return Answers.Json(new PartitionPage { Items = items }, RestanteJson.Plain.PartitionPage);
    }
}
