using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Feeds;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Waiting;
using AuditPage = Restante.Contracts.AuditPage;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/audit</c>: who did what, and who was refused what.</summary>
internal sealed class AuditEndpoints(AuditLog audit, HttpHeadOptions options, WaitingRoom room)
{
    private const string Tag = "Audit";
    private const string LinesMedia = "application/x-ndjson";

    private static readonly QueryParameter s_after = new(
        "after", JsonSchemaType.Integer, "The number of the entry to go on after; from the oldest that is kept when not given.", 0);

    private readonly FeedReading<AuditRecord> _feed = new(room, options, "entries", "number")
    {
        Read = (_, after, max) => ReadAsync(audit, after, max),
        PlaceOf = static record => record.Number,
        SizeOf = static (_, record) => record.Line.Length,
        FindLast = async () => await audit.FindLastAsync(),
        Added = audit.Added,
        Show = Page,
        Write = Write,
        StreamChunk = 200,
    };

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/audit", "readAudit", "Reads the audit log in the order of its entries.")
            {
                Tag = Tag,
                Right = Rights.AuditRead,
                NeedsNoScope = true,
                Details = "With the Accept header text/event-stream the entries come as events "
                    + "named audit, with their number as id; events "
                    + "named gap tell of entries that are no longer kept, and one named end why the stream ends.",
                Query = _feed.Query,
                Headers = [("Last-Event-ID", "Event streams: go on after this number.")],
                Answers = [(200, typeof(AuditPage), "A page of entries.")],
                Streams = true,
                Refusals = [RefusalKind.Malformed],
            },
            _feed.AnswerAsync);
        map.Add(
            new("GET", "/v1/audit/export", "exportAudit", "Writes the audit log out, up to its newest entry.")
            {
                Tag = Tag,
                Right = Rights.AuditRead,
                NeedsNoScope = true,
                Details = "One JSON object a line, to the byte as the hashes were made over it. An "
                    + "export that breaks off in the middle has failed.",
                Query = [s_after],
                Answers = [(200, typeof(AuditEntryView), "The entries.")],
                AnswerMedia = LinesMedia,
                AnswersHead = false,
            },
            ExportAsync);
        map.Add(
            new("GET", "/v1/audit/anchor", "getAuditAnchor", "Shows where the audit log stands: keep it elsewhere to check the log later.")
            {
                Tag = Tag,
                Right = Rights.AuditRead,
                NeedsNoScope = true,
                Answers = [(200, typeof(AuditAnchorView), "The number of the newest entry and the SHA-256 of its line.")],
            },
            GetAnchorAsync);
    }

    private static async ValueTask<Result<FeedPage<AuditRecord>>> ReadAsync(AuditLog audit, long after, int max)
    {
        Result<Core.Audit.AuditPage> read = await audit.ReadAsync(after, max);
        return read.IsSuccess
            ? FeedPage<AuditRecord>.After(after, read.Value.Records, read.Value.Skipped, static r => r.Number)
            : read.Refusal;
    }

    private static AuditEntryView View(AuditRecord record) =>
        JsonSerializer.Deserialize(record.Line.Span, RestanteJson.Plain.AuditEntryView)!;

    private static void Write(EventStream stream, AuditRecord record) => stream.Add(
        "audit", record.Number.ToString(CultureInfo.InvariantCulture), View(record), RestanteJson.Plain.AuditEntryView);

    private static IResult Page(FeedPage<AuditRecord> read) => Answers.Json(
        new AuditPage { Items = [.. read.Items.Select(View)], Next = read.Next, Skipped = read.Skipped }, RestanteJson.Plain.AuditPage);

    private async Task<IResult> ExportAsync(HttpContext context)
    {
        long after = s_after.Integer(context.Request) ?? 0;
        long last = await audit.FindLastAsync();
        Result<Core.Audit.AuditPage> page = await audit.ReadAsync(after, AuditLog.MaxPage);
        if (!page.IsSuccess)
            return Answers.Refused(page.Refusal);
        context.Response.ContentType = LinesMedia;
        while (true)
        {
            foreach (AuditRecord record in page.Value.Records.Where(r => r.Number <= last))
            {
                context.Response.BodyWriter.Write(record.Line.Span);
                context.Response.BodyWriter.Write("\n"u8);
                after = record.Number;
            }

            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            if (page.Value.Records.Count == 0 || after >= last)
                return Results.Empty;
            if (await Caller.RecheckAsync(context) is not null)
                break;
            page = await audit.ReadAsync(after, AuditLog.MaxPage);
            if (!page.IsSuccess)
                break;
        }

        context.Abort(); // Half an export must not look like a whole one.
        return Results.Empty;
    }

    private async Task<IResult> GetAnchorAsync(HttpContext context) => Answers.Show(
        await audit.FindAnchorAsync(),
        static anchor => new AuditAnchorView { Number = anchor.Number, Hash = anchor.Hash },
        RestanteJson.Plain.AuditAnchorView);
}
