using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/devices</c>: the registry of devices.</summary>
internal sealed class DeviceEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "Devices";

    private static readonly QueryParameter s_after = new("after", JsonSchemaType.String, "The id to go on after.");

    private static readonly QueryParameter s_max = UsualQuery.Max("devices", max: DeviceRegistry.MaxPage);

    private static readonly QueryParameter s_query =
        new("query", JsonSchemaType.String, "An audience query (docs/selection.md): only the devices that it is true of.");

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/devices", "listDevices", "Lists devices in the order of their ids.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Query = [s_after, s_max, s_query],
                Answers = [(200, typeof(DevicePage), "A page of devices. Keys are never shown here.")],
                Refusals = [RefusalKind.Malformed],
            },
            ListAsync);
        map.Add(
            new("POST", "/v1/devices", "createDevice", "Creates a device.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Body = typeof(DeviceCreation),
                Answers = [(201, typeof(DeviceView), "The device, with its keys.")],
                Refusals = [RefusalKind.Malformed, RefusalKind.TooLarge, RefusalKind.Conflict],
            },
            CreateAsync);
        map.Add(
            new("GET", "/v1/devices/{id}", "getDevice", "Shows a device.")
            {
                Tag = Tag,
                Right = Rights.RegistryRead,
                Answers = [(200, typeof(DeviceView), "The device; ETag holds its version.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new("PATCH", "/v1/devices/{id}", "changeDevice", "Changes the status, tags, groups or gateway of a device.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Details = "A device that is disabled loses its connections at once and cannot authenticate; its mail is kept. Tags and "
                    + "groups take the place of the old ones.",
                Body = typeof(DeviceChange),
                Answers = [(200, typeof(DeviceView), "The device as it is now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
                IsConditional = true,
            },
            ChangeAsync);
        map.Add(
            new("DELETE", "/v1/devices/{id}", "removeDevice", "Removes a device.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Details = "Its connections are closed, and its waiting commands end as device-removed.",
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound],
                IsConditional = true,
            },
            RemoveAsync);
        map.Add(
            new("GET", "/v1/devices/{id}/keys", "getDeviceKeys", "Shows the keys of a device.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Audit = AuditRule.Act,
                Answers = [(200, typeof(DeviceKeysView), "The keys.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetKeysAsync);
        map.Add(
            new("POST", "/v1/devices/{id}/keys/{slot}/rotate", "rotateDeviceKey", "Gives a device a new primary or secondary key.")
            {
                Tag = Tag,
                Right = Rights.RegistryWrite,
                Details = "The slot is primary or secondary. Connections that used the old key of that slot are closed at once.",
                Body = typeof(KeyRotation),
                BodyIsOptional = true,
                Answers = [(200, typeof(DeviceKeysView), "Both keys as they are now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
                IsConditional = true,
            },
            RotateAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        int max = s_max.Count(context.Request);
        ReachedDevices devices = Devices(context);
        string? after = s_after.Text(context.Request), query = s_query.Text(context.Request);
        return await new PageAnswer<DevicePage>(context, max, RestanteJson.Plain.DevicePage).OfAsync<DeviceRecord, DeviceView>(
            (last, count) => devices.ListAsync(last?.Id.Value ?? after, count, query, context.RequestAborted),
            ViewAsync,
            RestanteJson.Plain.DeviceView,
            static (items, last) => new DevicePage { Items = items, Next = last?.Id.Value });
    }

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        DeviceCreation wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.DeviceCreation, options.MaxRegistryBodyBytes);
        Result<DeviceRecord> created = await DeviceReading.CreateAsync(Devices(context), wish);
        if (!created.IsSuccess)
            return Answers.Refused(created.Refusal);
        DeviceRecord device = created.Value;
        context.Response.Headers.Location = "/v1/devices/" + Uri.EscapeDataString(device.Id.Value);
        return await ShowAsync(context, created, KeyText.Of(device.Primary, device.Secondary), StatusCodes.Status201Created);
    }

    private async Task<IResult> GetAsync(string id, HttpContext context) => await ShowAsync(context, await Devices(context).FindAsync(id));

    private async Task<IResult> ChangeAsync(string id, HttpContext context)
    {
        long? ifVersion = EntityTag.ReadIfMatch(context.Request);
        DeviceChange change = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.DeviceChange, options.MaxRegistryBodyBytes);
        if (change.Status is not null)
            AuditNotes.Detail(context, change.Status == "disabled" ? "disabled" : "enabled");
        return await ShowAsync(context, await Devices(context).ChangeAsync(id, DeviceReading.Update(change, ifVersion)));
    }

    private async Task<IResult> RemoveAsync(string id, HttpContext context) => Answers.Done(
        await Devices(context).RemoveAsync(id, EntityTag.ReadIfMatch(context.Request)), context.Request);

    private async Task<IResult> GetKeysAsync(string id, HttpContext context) => ShowKeys(context, await Devices(context).FindAsync(id));

    private async Task<IResult> RotateAsync(string id, string slot, HttpContext context)
    {
        if (CredentialText.Slot(slot) is not CredentialSlot which)
            return Answers.Refused(new Refusal(RefusalKind.NotFound, "A device has a primary and a secondary key, no others."));
        long? ifVersion = EntityTag.ReadIfMatch(context.Request);
        KeyRotation? wish = await RequestBody.ReadOptionalJsonAsync(
            context.Request, RestanteJson.Plain.KeyRotation, options.MaxRegistryBodyBytes);
        return ShowKeys(context, await Devices(context).RotateKeyAsync(id, which, KeyText.Read(wish?.Key, "key"), ifVersion));
    }

    private static IResult ShowKeys(HttpContext context, Result<DeviceRecord> result) => Answers.Show(
        context,
        result,
        static device => device.Version,
        static device => new DeviceKeysView
        {
            Id = device.Id.Value,
            Keys = KeyText.Of(device.Primary, device.Secondary),
            Version = device.Version,
        },
        RestanteJson.Plain.DeviceKeysView);

    private async Task<IResult> ShowAsync(
        HttpContext context, Result<DeviceRecord> device, DeviceKeys? keys = null, int status = StatusCodes.Status200OK)
    {
        if (!device.IsSuccess)
            return Answers.Refused(device.Refusal, context.Request);
        Result<DeviceView> view = await ViewAsync(device.Value);
        if (!view.IsSuccess)
            return Answers.Refused(view.Refusal);
        EntityTag.Write(context.Response, device.Value.Version);
        return Answers.Json(view.Value with { Keys = keys }, RestanteJson.Plain.DeviceView, status);
    }

    private async ValueTask<Result<DeviceView>> ViewAsync(DeviceRecord device)
    {
        Result<MailboxInfo> info = await gateway.Mailboxes.GetInfoAsync(device);
        if (!info.IsSuccess)
            return info.Refusal;
        return new DeviceView
        {
            Id = device.Id.Value,
            Status = DeviceReading.StatusName(device.Status),
            Connected = gateway.Connections.IsConnected(device.Number),
            Mailbox = new MailboxState { Depth = info.Value.Messages, Bytes = info.Value.Bytes, Leased = info.Value.Leased },
            Tags = StateViews.Json(device.Tags),
            Groups = device.Groups,
            Gateway = device.Gateway?.Value,
            CreatedAt = Times.Of(device.CreatedAtMs),
            ChangedAt = Times.Of(device.ChangedAtMs),
            Version = device.Version,
        };
    }

    private ReachedDevices Devices(HttpContext context) => gateway.Devices.For(Caller.Service(context));
}
