using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Devices by the thousand: import and export, one JSON object a line.</summary>
internal sealed class DeviceBulkEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "Devices";
    private const string LinesMedia = "application/x-ndjson";
    private const int MaxFailuresTold = 100;
    private const int LinesAtOnce = 64;

    private static readonly QueryParameter s_update = new(
        "update",
        JsonSchemaType.Boolean,
        "Given when devices that are there are to be changed to what their line says; else such lines are refused.");

    private static readonly QueryParameter s_query =
        new("query", JsonSchemaType.String, "An audience query (docs/selection.md): only the devices that it is true of.");

    private static readonly QueryParameter s_keys = new(
        "keys", JsonSchemaType.Boolean, "Given when keys are wanted; needs the right registry-write too.");

    public void Map(EndpointMap map)
    {
        map.Add(
            new("POST", "/v1/devices/import", "importDevices", "Creates or changes many devices.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Details = "One JSON object a line, each as for a creation. Lines stand for themselves: those that are refused are told, "
                    + "the others are done. A gateway may stand in the same import, before the devices that it acts for.",
                Query = [s_update],
                Body = typeof(DeviceCreation),
                BodyMedia = [LinesMedia],
                Answers = [(200, typeof(DeviceImportView), "What became of the lines.")],
                Refusals = [RefusalKind.TooLarge],
            },
            ImportAsync);
        map.Add(
            new("GET", "/v1/devices/export", "exportDevices", "Writes out many devices, in the order of their ids.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Details = "One JSON object a line, which an import takes. An export that breaks off in the middle has failed.",
                Query = [s_query, s_keys],
                Answers = [(200, typeof(DeviceCreation), "The devices.")],
                AnswerMedia = LinesMedia,
            },
            ExportAsync);
    }

    private async Task<IResult> ImportAsync(HttpContext context)
    {
        bool updates = s_update.Flag(context.Request);
        if (!RequestBody.IsOf(context.Request, LinesMedia))
            throw new MalformedRequestException($"The body must be lines of JSON with the content type {LinesMedia}.");

        // The body as a whole has no limit of its own; its lines have, and their number.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        var import = new Import(gateway, updates);
        var lines = new List<(int, byte[])>(LinesAtOnce);
        int number = 0;
        await foreach (byte[] line in ReadLinesAsync(context))
        {
            if (++number > options.MaxImportLines)
                throw new MalformedRequestException(
                    RefusalKind.TooLarge, $"An import has {options.MaxImportLines} lines at the most; those were done.");
            if (line.AsSpan().Trim(" \t\r"u8).IsEmpty)
                continue;
            lines.Add((number, line));
            if (lines.Count == LinesAtOnce)
                await import.DoAsync(lines);
        }

        await import.DoAsync(lines);
        return Answers.Json(import.Result, RestanteJson.Plain.DeviceImportView);
    }

    private async IAsyncEnumerable<byte[]> ReadLinesAsync(HttpContext context)
    {
        PipeReader reader = context.Request.BodyReader;
        int max = options.MaxRegistryBodyBytes;
        while (true)
        {
            // The read is over before anything is done with the lines: what goes wrong there must not leave it open.
            ReadResult result = await reader.ReadAsync(context.RequestAborted);
            var lines = new List<byte[]>();
            ReadOnlySequence<byte> rest = result.Buffer;
            bool fits = true;
            while (fits && rest.PositionOf((byte)'\n') is SequencePosition end)
            {
                ReadOnlySequence<byte> line = rest.Slice(0, end);
                fits = line.Length <= max;
                if (fits)
                    lines.Add(line.ToArray());
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            fits = fits && rest.Length <= max;
            if (fits && result.IsCompleted && !rest.IsEmpty)
                lines.Add(rest.ToArray());
            if (fits && !result.IsCompleted)
                reader.AdvanceTo(rest.Start, rest.End);
            else
                reader.AdvanceTo(result.Buffer.End);
            foreach (byte[] line in lines)
                yield return line;
            if (!fits)
                throw new MalformedRequestException(
                    RefusalKind.TooLarge, $"A line of an import has {max} bytes at the most; the lines before were done.");
            if (result.IsCompleted)
                yield break;
        }
    }

    private async Task<IResult> ExportAsync(HttpContext context)
    {
        bool withKeys = s_keys.Flag(context.Request);
        string? query = s_query.Text(context.Request);
        if (withKeys && !Caller.Service(context).May(Rights.RegistryWrite))
        {
            string needed = string.Join(", ", RightNames.Of(Rights.RegistryWrite));
            return Answers.Refused(new Refusal(RefusalKind.Forbidden, $"Keys are shown to those with the right '{needed}' only."));
        }

        Result<IReadOnlyList<DeviceRecord>> page = await gateway.Devices.ListAsync(null, DeviceRegistry.MaxPage, query);
        if (!page.IsSuccess)
            return Answers.Refused(page.Refusal);
        context.Response.ContentType = LinesMedia;
        while (true)
        {
            foreach (DeviceRecord device in page.Value)
                Write(context.Response.BodyWriter, device, withKeys);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            if (page.Value.Count < DeviceRegistry.MaxPage)
                return Results.Empty;
            page = await gateway.Devices.ListAsync(page.Value[^1].Id.Value, DeviceRegistry.MaxPage, query);
            if (page.IsSuccess)
                continue;
            context.Abort(); // Half an export must not look like a whole one.
            return Results.Empty;
        }
    }

    private static void Write(PipeWriter output, DeviceRecord device, bool withKeys)
    {
        var line = new DeviceCreation
        {
            Id = device.Id.Value,
            Status = DeviceReading.StatusName(device.Status),
            Keys = withKeys ? KeyText.Of(device.Primary, device.Secondary) : null,
            Credentials = CredentialText.ForExport(device.Primary, device.Secondary),
            Tags = Views.StateViews.Json(device.Tags),
            Groups = device.Groups,
            Gateway = device.Gateway?.Value,
        };
        output.Write(JsonSerializer.SerializeToUtf8Bytes(line, RestanteJson.Plain.DeviceCreation));
        output.Write("\n"u8);
    }

    /// <summary>An import as far as it has come.</summary>
    private sealed class Import(Gateway gateway, bool updates)
    {
        private readonly List<ImportFailure> _failures = [];
        private int _created;
        private int _changed;
        private int _failed;

        public DeviceImportView Result => new() { Created = _created, Changed = _changed, Failed = _failed, Failures = _failures };

        /// <summary>Does lines together, so that they share writes; the list is empty then.</summary>
        public async Task DoAsync(List<(int Number, byte[] Line)> lines)
        {
            Done[] done = await Task.WhenAll(lines.Select(l => DoAsync(l.Line)));
            for (int i = 0; i < done.Length; i++)
            {
                // Its gateway may have been a line of the same lot.
                if (done[i] is { HasGateway: true, Refusal.Kind: RefusalKind.Malformed })
                    done[i] = await DoAsync(lines[i].Line);
                if (done[i].Refusal is not Refusal refusal)
                {
                    _created += done[i].IsNew ? 1 : 0;
                    _changed += done[i].IsNew ? 0 : 1;
                    continue;
                }

                _failed++;
                gateway.Metrics.Refused(refusal.Kind);
                if (_failures.Count < MaxFailuresTold)
                {
                    _failures.Add(new ImportFailure
                    {
                        Line = lines[i].Number,
                        Id = done[i].Id,
                        Kind = RefusalMap.NameOf(refusal.Kind),
                        Detail = refusal.Message,
                    });
                }
            }

            lines.Clear();
        }

        private async Task<Done> DoAsync(byte[] line)
        {
            string? id = null;
            bool hasGateway = false;
            try
            {
                DeviceCreation wish = RequestBody.Parse(line, RestanteJson.Plain.DeviceCreation);
                id = wish.Id;
                hasGateway = wish.Gateway is not null;
                Result<DeviceRecord> created = await DeviceReading.CreateAsync(gateway.Devices, wish);
                if (created.IsSuccess || created.Refusal.Kind != RefusalKind.Conflict || !updates)
                    return new Done(id, hasGateway, IsNew: true, created.IsSuccess ? null : created.Refusal);
                Result<DeviceRecord> changed = await gateway.Devices.ChangeAsync(wish.Id!, DeviceReading.Update(wish));
                return new Done(id, hasGateway, IsNew: false, changed.IsSuccess ? null : changed.Refusal);
            }
            catch (MalformedRequestException e)
            {
                return new Done(id, hasGateway, IsNew: false, e.Refusal);
            }
        }

        private readonly record struct Done(string? Id, bool HasGateway, bool IsNew, Refusal? Refusal);
    }
}
