using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.States;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Sessions;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>State documents, from the side of the device and from that of services.</summary>
internal sealed class StateEndpoints(Gateway gateway, HttpHeadOptions options, WaitingRoom room, DeviceSessions sessions)
{
    private const string DeviceTag = "For devices: state";
    private const string ServiceTag = "State";

    private static readonly string[] s_media = ["application/merge-patch+json", "application/json"];

    private static readonly QueryParameter s_after = new(
        "after",
        JsonSchemaType.Integer,
        "With wait: answer when the version of desired is another than this one, which the device has seen.");

    private readonly QueryParameter _wait = UsualQuery.Wait(options);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/state", "getOwnState", "Shows a device its state document.")
            {
                Tag = DeviceTag,
                IsForDevices = true,
                Query = [s_after, _wait],
                Answers = [(200, typeof(StateView), "The document; ETag holds the version of reported.")],
                Refusals = [RefusalKind.Conflict],
            },
            GetOwnAsync);
        map.Add(
            new("PATCH", "/v1/state", "reportState", "Changes the reported state by a merge-patch (RFC 7396).")
            {
                Tag = DeviceTag,
                IsForDevices = true,
                Body = typeof(JsonElement),
                BodyMedia = s_media,
                IsConditional = true,
                Answers = [(200, typeof(StatePartView), "The reported state as it is now; ETag holds its version.")],
                Refusals = [RefusalKind.TooLarge],
            },
            ReportAsync);
        map.Add(
            new("GET", "/v1/devices/{id}/state", "getState", "Shows the state document of a device, with its tags.")
            {
                Tag = ServiceTag,
                Right = Rights.RegistryRead,
                Answers = [(200, typeof(StateView), "The document; ETag holds the version of desired.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        AddDesired(map, "PUT", "putDesiredState", "Replaces the desired state of a device.", whole: true);
        AddDesired(map, "PATCH", "patchDesiredState", "Changes the desired state of a device by a merge-patch (RFC 7396).", whole: false);
    }

    private void AddDesired(EndpointMap map, string method, string name, string summary, bool whole) => map.Add(
        new(method, "/v1/devices/{id}/state/desired", name, summary)
        {
            Tag = ServiceTag,
            Right = Rights.RegistryWrite,
            Details = "A connected device is told at once. What changes nothing keeps the version.",
            Body = typeof(JsonElement),
            BodyMedia = s_media,
            IsConditional = true,
            Answers = [(200, typeof(StatePartView), "The desired state as it is now; ETag holds its version.")],
            Refusals = [RefusalKind.NotFound, RefusalKind.TooLarge],
        },
        (string id, HttpContext context) => DesireAsync(id, whole, context));

    private async Task<IResult> GetOwnAsync(HttpContext context)
    {
        DevicePrincipal device = Caller.Device(context);
        TimeSpan patience = _wait.Seconds(context.Request);
        long? after = s_after.Integer(context.Request);
        if (patience == TimeSpan.Zero || after is null)
            return Show(context, await gateway.States.GetAsync(device), static d => d.Reported.Version);
        Result<DeviceVisit> visited = await sessions.VisitAsync(context);
        if (!visited.IsSuccess)
            return Answers.Refused(visited.Refusal);
        using DeviceVisit visit = visited.Value;
        Result<Waiter> entered = room.Enter(context, visit.Session);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        bool asked = false; // It asks once, however often it is looked for news.
        var watch = new StateWatch();
        gateway.States.Listen(device, watch);
        try
        {
            using var bell = new NewsBell(watch.Changed);
            Result<StateDocument> news = await room.UntilNewsAsync(
                waiter, bell, patience, LookAsync, document => document.Desired.Version != after);
            return waiter.Lost is Refusal lost ? Answers.Refused(lost) : Show(context, news, static d => d.Reported.Version);
        }
        finally
        {
            gateway.States.Forget(device, watch);
        }

        ValueTask<Result<StateDocument>> LookAsync()
        {
            bool isFirst = !asked;
            asked = true;
            return isFirst ? gateway.States.GetAsync(device) : gateway.States.GetNewsAsync(device);
        }
    }

    private async Task<IResult> ReportAsync(HttpContext context)
    {
        long? ifVersion = EntityTag.ReadIfMatch(context.Request);
        byte[] patch = await ReadAsync(context.Request);
        return Show(context, await gateway.States.PatchReportedAsync(Caller.Device(context), patch, ifVersion));
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
    {
        Result<DeviceRecord> found = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        return found.IsSuccess
            ? Show(context, await gateway.States.GetAsync(found.Value), static d => d.Desired.Version)
            : Answers.Refused(found.Refusal);
    }

    private async Task<IResult> DesireAsync(string id, bool whole, HttpContext context)
    {
        long? ifVersion = EntityTag.ReadIfMatch(context.Request);
        byte[] json = await ReadAsync(context.Request);
        Result<DeviceRecord> found = await gateway.Devices.For(Caller.Service(context)).FindAsync(id);
        if (!found.IsSuccess)
            return Answers.Refused(found.Refusal);
        return Show(context, whole
            ? await gateway.States.PutDesiredAsync(found.Value, json, ifVersion)
            : await gateway.States.PatchDesiredAsync(found.Value, json, ifVersion));
    }

    private ValueTask<byte[]> ReadAsync(HttpRequest request) => s_media.Any(m => RequestBody.IsOf(request, m))
        ? RequestBody.ReadAsync(request, gateway.Limits.MaxStateBytes)
        : throw new MalformedRequestException($"The body must be JSON with the content type {string.Join(" or ", s_media)}.");

    private static IResult Show(HttpContext context, Result<StateDocument> read, Func<StateDocument, long> version) =>
        Answers.Show(context, read, version, StateViews.Of, RestanteJson.Plain.StateView);

    private static IResult Show(HttpContext context, Result<StateContent> written) =>
        Answers.Show(context, written, static part => part.Version, StateViews.Of, RestanteJson.Plain.StatePartView);

    /// <summary>Makes a signal of what a listener is told.</summary>
    private sealed class StateWatch : IStateListener
    {
        public Signal Changed { get; } = new();

        public void OnDesiredChanged(long version) => Changed.Pulse();
    }
}
