using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.States;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Devices by the thousand: import and export, one JSON object a line.</summary>
internal sealed class DeviceBulkEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "Devices";
    private const string LinesMedia = "application/x-ndjson";

    // How many devices there are in all, so that who exports them knows how far it is.
    private const string CountHeader = "Restante-Devices";

    // Written, and not taken by the reader yet; and one line.
    private const int FlushBytes = 64 * 1024;

    private static readonly QueryParameter s_update = new(
        "update",
        JsonSchemaType.Boolean,
        "Given when devices that are there and differ are to be changed to what their line says; else such lines are refused.");

    private static readonly QueryParameter s_query =
        new("query", JsonSchemaType.String, "An audience query (docs/selection.md): only the devices that it is true of.");

    private static readonly QueryParameter s_keys = new(
        "keys", JsonSchemaType.Boolean, "Given when keys are wanted; needs the right registry-write too.");

    private static readonly QueryParameter s_desired = new(
        "desired", JsonSchemaType.Boolean, "Given when desired states are wanted.");

    private static readonly QueryParameter s_after =
        new("after", JsonSchemaType.String, "Goes on after the device of this id: the last one of an export that broke off.");

    // A line may hold what a creation may, and a desired state.
    private int MaxLineBytes => options.MaxRegistryBodyBytes + gateway.Limits.MaxStateBytes;

    public void Map(EndpointMap map)
    {
        map.Add(
            new("POST", "/v1/devices/import", "importDevices", "Creates or changes many devices.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Audit = AuditRule.LongAct,
                IsBulk = true,
                Details = "One JSON object a line, each as for a creation. Lines stand for themselves: those that are refused are told, "
                    + "the others are done. A device that is there and is as its line says is unchanged, so that an import may be sent "
                    + "again. A gateway may stand in the same import, before or after the devices that it acts for.",
                Query = [s_update],
                Body = typeof(DeviceCreation),
                BodyMedia = [LinesMedia],
                Answers = [(200, typeof(DeviceImportView), "What became of the lines.")],
            },
            ImportAsync);
        map.Add(
            new("GET", "/v1/devices/export", "exportDevices", "Writes out many devices, in the order of their ids.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Audit = new AuditRule(s_keys.Flag) { IsAtEnd = false },
                Details = "One JSON object a line, which an import takes. An export that breaks off in the middle has failed.",
                Query = [s_query, s_keys, s_desired, s_after],
                Answers = [(200, typeof(DeviceCreation), "The devices.")],
                AnswerMedia = LinesMedia,
                AnswersHead = false,
                RefusesHead = true,
            },
            ExportAsync);
    }

    private async Task<IResult> ImportAsync(HttpContext context)
    {
        bool updates = s_update.Flag(context.Request);
        if (!RequestBody.IsOf(context.Request, LinesMedia))
            throw new MalformedRequestException($"The body must be lines of JSON with the content type {LinesMedia}.");

        // The body as a whole has no limit: its lines have one each, and few of them are in memory at once.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        var import = new DeviceImport(
            context, gateway.Devices.For(Caller.Service(context)), gateway.Metrics, updates, MaxLineBytes);
        try
        {
            await foreach (BodyLine line in BodyLines.ReadAsync(context, MaxLineBytes))
            {
                await import.AddAsync(line);
                if ((await NoteAsync(context, import.TakeChanged()) ?? import.Fault) is Refusal broken)
                    return Answers.Refused(broken);
            }

            DeviceImportView done = await import.FinishAsync();
            return (await NoteAsync(context, import.TakeChanged()) ?? import.Fault) is Refusal refusal
                ? Answers.Refused(refusal)
                : Answers.Json(done, RestanteJson.Plain.DeviceImportView);
        }
        finally
        {
            // Also of one that breaks off.
            await NoteAsync(context, import.TakeChanged());
            AuditNotes.Detail(context, import.Summary);
        }
    }

    // Devices that were there: the audit log has each of them. Those that are new are counted only.
    private async ValueTask<Refusal?> NoteAsync(HttpContext context, IReadOnlyList<(string Id, string What)> changed)
    {
        if (changed.Count == 0)
            return null;
        Refusal?[] notes = await Task.WhenAll(changed.Select(
            c => gateway.Audit.RecordAsync(AuditFilter.Of(context, "importDevices", "devices/" + c.Id, c.What)).AsTask()));
        return Array.Find(notes, static note => note is not null);
    }

    private async Task<IResult> ExportAsync(HttpContext context)
    {
        bool withKeys = s_keys.Flag(context.Request);
        string? query = s_query.Text(context.Request);
        if (withKeys && !Caller.Service(context).May(Rights.RegistryWrite))
        {
            string needed = string.Join(", ", RightNames.Of(Rights.RegistryWrite));
            return Answers.Refused(
                new Refusal(RefusalKind.Forbidden, $"Keys are shown to those with the right '{needed}' only.") { MissingRight = needed });
        }

        bool withDesired = s_desired.Flag(context.Request);
        string? after = s_after.Text(context.Request);
        int step = withDesired ? PageBounds.UsualStep : DeviceRegistry.MaxPage;
        ReachedDevices devices = gateway.Devices.For(Caller.Service(context));
        Result<IReadOnlyList<DeviceRecord>> page = await devices.ListAsync(after, step, query, context.RequestAborted);
        if (!page.IsSuccess)
            return Answers.Refused(page.Refusal);
        if (withKeys && await NoteKeysShownAsync(context) is Refusal closed)
            return Answers.Refused(closed);
        context.Response.ContentType = LinesMedia;
        if (query is null && await devices.CountAsync() is long count)
            context.Response.Headers[CountHeader] = count.ToString(CultureInfo.InvariantCulture);
        while (await WriteAsync(context, page, withKeys, withDesired))
        {
            if (page.Value!.Count < step)
                return Results.Empty;
            if (await Caller.RecheckAsync(context) is not null)
                break;
            page = await devices.ListAsync(page.Value[^1].Id.Value, step, query, context.RequestAborted);
        }

        context.Abort(); // Half an export must not look like a whole one.
        return Results.Empty;
    }

    private ValueTask<Refusal?> NoteKeysShownAsync(HttpContext context) =>
        gateway.Audit.RecordAsync(AuditFilter.Of(context, "exportDevices", "devices/export", "begun"));

    // False when the store gives no more.
    private async ValueTask<bool> WriteAsync(
        HttpContext context, Result<IReadOnlyList<DeviceRecord>> page, bool withKeys, bool withDesired)
    {
        if (!page.IsSuccess)
            return false;
        PipeWriter output = context.Response.BodyWriter;
        int unflushed = 0;
        foreach (DeviceRecord device in page.Value)
        {
            StateContent? desired = null;
            if (withDesired)
            {
                Result<StateDocument> state = await gateway.States.GetAsync(device);
                if (state.Refusal?.Kind == RefusalKind.NotFound)
                    continue; // It has gone a moment ago.
                if (!state.IsSuccess)
                    return false;
                desired = state.Value.Desired.Version == 0 ? null : state.Value.Desired;
            }

            unflushed += Write(output, device, withKeys, desired);
            if (unflushed < FlushBytes)
                continue;
            await output.FlushAsync(context.RequestAborted);
            unflushed = 0;
        }

        await output.FlushAsync(context.RequestAborted);
        return true;
    }

    // Returns how many bytes it has written.
    private static int Write(PipeWriter output, DeviceRecord device, bool withKeys, StateContent? desired)
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
            Desired = desired is null ? null : Views.StateViews.Json(desired.Json),
        };
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(line, RestanteJson.Plain.DeviceCreation);
        output.Write(text);
        output.Write("\n"u8);
        return text.Length + 1;
    }
}
