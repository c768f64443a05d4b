using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Telemetry;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>What devices send: telemetry, and reports on their commands.</summary>
internal sealed class DeviceIntakeEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "For devices: sending";

    /// <summary>The media type of several messages at once.</summary>
    private const string BatchMedia = "application/vnd.restante.batch+json";

    private static readonly QueryParameter s_final = new(
        "final", JsonSchemaType.Boolean, "Given, alone or as true, when no other report follows.");

    private static readonly QueryParameter s_number = new(
        "number",
        JsonSchemaType.Integer,
        "Its place among the reports on that command, from 1; the next one when not given. With it the request can be repeated.",
        1,
        int.MaxValue);

    private readonly MessageReading _reading = new(gateway.Limits);

    public void Map(EndpointMap map)
    {
        AddTelemetry(map, "/v1/telemetry", "sendTelemetry", (HttpContext context) => SendAsync(null, context));
        AddTelemetry(
            map, "/v1/telemetry/{channel}", "sendTelemetryOnChannel", (string channel, HttpContext context) => SendAsync(channel, context));
        map.Add(
            new("POST", "/v1/reports/{command}", "sendReport", "Reports on a command.")
            {
                Tag = Tag,
                IsForDevices = true,
                Details = "One report, or a numbered stream with an end mark; before or after the command is settled, until the deadline "
                    + "for reports.",
                Query = [s_final, s_number],
                Headers = MessageReading.Headers,
                TakesRawBody = true,
                Answers =
                [
                    (200, typeof(ReportReceipt), "A report of that number was there already; nothing was changed."),
                    (201, typeof(ReportReceipt), "The report is stored durably."),
                ],
                Refusals = [RefusalKind.NotFound, RefusalKind.Conflict, RefusalKind.Expired, RefusalKind.TooLarge],
            },
            ReportAsync);
    }

    private static void AddTelemetry(EndpointMap map, string pattern, string name, Delegate handler) => map.Add(
        new("POST", pattern, name, "Sends telemetry.")
        {
            Tag = Tag,
            IsForDevices = true,
            Details = $"The body is the message, sent as it is with its content type. With the content type {BatchMedia} it is an array "
                + $"of messages, which are "
                + "stored all or none, in their order.",
            Headers = MessageReading.Headers,
            Body = typeof(TelemetryMessage),
            BodyMedia = [BatchMedia],
            BodyIsArray = true,
            TakesRawBody = true,
            Answers = [(204, null, "It is stored durably.")],
            Refusals = [RefusalKind.TooLarge],
        },
        handler);

    private async Task<IResult> SendAsync(string? channel, HttpContext context)
    {
        DevicePrincipal device = Caller.Device(context);
        if (RequestBody.IsOf(context.Request, BatchMedia))
            return Answers.Done(await gateway.Telemetry.PublishAsync(device, channel, await ReadBatchAsync(context.Request)));

        byte[] content = (await _reading.ReadRawAsync(context.Request)).Encode();
        return Answers.Done(await gateway.Telemetry.PublishAsync(device, channel, content));
    }

    private async ValueTask<List<ReadOnlyMemory<byte>>> ReadBatchAsync(HttpRequest request)
    {
        byte[] json = await RequestBody.ReadAsync(request, options.MaxBatchBytes);
        if (CountMessages(json) is > TelemetryStreams.MaxBatch and int count)
            throw new MalformedRequestException(TelemetryStreams.NoBatch(count));
        IReadOnlyList<TelemetryMessage> batch = RequestBody.Parse(json, RestanteJson.Plain.IReadOnlyListTelemetryMessage);
        var contents = new List<ReadOnlyMemory<byte>>(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i] is not TelemetryMessage message)
                throw new MalformedRequestException($"Message {i} of the batch is null.");
            try
            {
                contents.Add(MessageReading.Unwrap(message).Encode());
            }
            catch (MalformedRequestException e)
            {
                throw new MalformedRequestException($"Message {i} of the batch: {e.Message}");
            }
        }

        return contents;
    }

    // Before anything is made of them: a message of two bytes would become an object of a hundred. Those before a fault of the JSON are
    // counted; what the fault is shows when it is parsed.
    private static int CountMessages(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        int count = 0;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                return 0;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
                reader.Skip();
        }
        catch (JsonException)
        {
            return count;
        }

        return count;
    }

    private async Task<IResult> ReportAsync(string command, HttpContext context)
    {
        bool isFinal = s_final.Flag(context.Request);
        int number = (int)(s_number.Integer(context.Request) ?? 0);
        if (!Sequence.TryParse(command, out Sequence sequence))
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "Command ids are numbers; there is no such command."));
        byte[] content = (await _reading.ReadRawAsync(context.Request)).Encode();
        Result<StoredReport> stored = await gateway.Reports.ReportAsync(Caller.Device(context), sequence, content, isFinal, number);
        if (!stored.IsSuccess)
            return Answers.Refused(stored.Refusal);
        var receipt = new ReportReceipt { Command = command, Number = stored.Value.Number, IsDuplicate = stored.Value.IsDuplicate };
        return Answers.Json(
            receipt, RestanteJson.Plain.ReportReceipt, stored.Value.IsDuplicate ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }
}
