using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/notifications</c>: what many devices should know.</summary>
internal sealed class NotificationEndpoints(Gateway gateway)
{
    private const string Tag = "Notifications";

    private static readonly QueryParameter s_after = new("after", JsonSchemaType.String, "The id of the notification to go on after.");
    private static readonly QueryParameter s_max = UsualQuery.Max("notifications", 100, NotificationHub.MaxPage);
    private static readonly QueryParameter s_afterDevice = new("after", JsonSchemaType.Integer, "Where to go on: next of the page before.");
    private static readonly QueryParameter s_maxDevices = UsualQuery.Max("devices", 100, NotificationHub.MaxPage);

    private readonly MessageReading _reading = new(gateway.Limits);
    private readonly Lifetime _lifetime = new(gateway.Time);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("POST", "/v1/notifications", "notify", "Sends a notification to a group or to the audience of a query.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Audit = AuditRule.None,
                IsBulk = true,
                Details = "Devices get it that belong to the audience now or come into it before it expires. An audience that is nobody "
                    + "now is accepted. The same message-id again is the same notification.",
                Body = typeof(NotificationCreation),
                Answers =
                [
                    (200, typeof(NotificationReceipt), "It had been sent before; this is about the first one."),
                    (201, typeof(NotificationReceipt), "It is stored; Location names it."),
                ],
                Refusals = [RefusalKind.TooLarge, RefusalKind.Expired],
            },
            SendAsync);
        map.Add(
            new("GET", "/v1/notifications", "listNotifications", "Lists notifications in the order of sending.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Query = [s_after, s_max],
                Answers = [(200, typeof(NotificationPage), "A page of notifications, without their bodies.")],
            },
            ListAsync);
        map.Add(
            new("GET", "/v1/notifications/{id}", "getNotification", "Shows a notification and what has become of it.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Answers = [(200, typeof(NotificationView), "The delivery report.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new("DELETE", "/v1/notifications/{id}", "recallNotification", "Takes a notification back wherever it waits.")
            {
                Tag = Tag,
                Right = Rights.Send,
                IsOwnMail = IsOwnAsync,
                Details = "Where a device has it in hand it may still be settled.",
                Answers = [(200, typeof(NotificationView), "The notification as it is now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
            },
            RecallAsync);
        map.Add(
            new("GET", "/v1/notifications/{id}/devices", "listNotificationDevices", "Lists who has settled a notification, and how.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Query = [s_afterDevice, s_maxDevices],
                Answers = [(200, typeof(NotificationDevicePage), "A page of devices.")],
                Refusals = [RefusalKind.NotFound],
            },
            ListDevicesAsync);
    }

    private async Task<IResult> SendAsync(HttpContext context)
    {
        NotificationCreation wish = await _reading.ReadWrappedAsync(context.Request, RestanteJson.Plain.NotificationCreation);
        if (wish.Audience is null == wish.Group is null)
            throw new MalformedRequestException("Give an 'audience' or a 'group', and not both.");
        var terms = new NotificationTerms { ExpiresAtMs = _lifetime.Read(wish.Ttl, wish.ExpiresAt), MessageId = wish.MessageId };
        byte[] content = MessageReading.Unwrap(wish, context.Request).Encode();
        ServicePrincipal sender = Caller.Service(context);
        Result<SentNotification> sent = wish.Group is null
            ? await gateway.Notifications.NotifyAsync(sender, wish.Audience!, content, terms, context.RequestAborted)
            : await gateway.Notifications.NotifyGroupAsync(sender, wish.Group, content, terms, context.RequestAborted);
        if (!sent.IsSuccess)
            return Answers.Refused(sent.Refusal);
        var receipt = new NotificationReceipt
        {
            Id = sent.Value.Sequence.ToString(),
            ExpiresAt = Times.Of(sent.Value.ExpiresAtMs),
            MatchesNobody = sent.Value.MatchesNobody,
            IsDuplicate = sent.Value.IsDuplicate,
        };
        context.Response.Headers.Location = "/v1/notifications/" + receipt.Id;
        return Answers.Json(
            receipt, RestanteJson.Plain.NotificationReceipt, receipt.IsDuplicate ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        int max = s_max.Count(context.Request);
        Sequence after = s_after.Id(context.Request, "a notification");
        ServicePrincipal service = Caller.Service(context);
        var page = new PageAnswer<NotificationPage>(context, max, RestanteJson.Plain.NotificationPage);
        return await page.OfAsync<NotificationRecord, NotificationView>(
            (last, count) => gateway.Notifications.ListAsync(service, last?.Sequence ?? after, count),
            NotificationViews.WithoutBody,
            RestanteJson.Plain.NotificationView,
            static (items, last) => new NotificationPage { Items = items, Next = last?.Sequence.ToString() });
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoNotification();
        return Answers.Show(
            await gateway.Notifications.GetAsync(Caller.Service(context), sequence, context.RequestAborted),
            static report => NotificationViews.Of(report.Notification) with { Matching = report.Matching },
            RestanteJson.Plain.NotificationView);
    }

    private async Task<IResult> RecallAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoNotification();
        return Answers.Show(
            await gateway.Notifications.RecallAsync(Caller.Service(context), sequence),
            NotificationViews.Of,
            RestanteJson.Plain.NotificationView);
    }

    private async ValueTask<bool> IsOwnAsync(HttpContext context) =>
        Sequence.TryParse(context.Request.RouteValues["id"] as string, out Sequence sequence)
        && (await gateway.Notifications.IsOfAsync(Caller.Service(context), sequence)).Value;

    private async Task<IResult> ListDevicesAsync(string id, HttpContext context)
    {
        int max = s_maxDevices.Count(context.Request);
        var after = new DeviceNumber(s_afterDevice.Integer(context.Request) ?? 0);
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoNotification();
        ServicePrincipal service = Caller.Service(context);
        var page = new PageAnswer<NotificationDevicePage>(context, max, RestanteJson.Plain.NotificationDevicePage);
        return await page.OfAsync<NotificationDevice, NotificationDeviceView>(
            (last, count) => gateway.Notifications.ListDevicesAsync(service, sequence, last?.Number ?? after, count),
            NotificationViews.Of,
            RestanteJson.Plain.NotificationDeviceView,
            static (items, last) => new NotificationDevicePage { Items = items, Next = last?.Number.Value });
    }

    private static IResult NoNotification() =>
        Answers.Refused(new Refusal(RefusalKind.NotFound, "The ids of notifications are numbers; there is no such notification."));
}
