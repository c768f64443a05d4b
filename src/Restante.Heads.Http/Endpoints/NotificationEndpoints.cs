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
            ? await gateway.Notifications.NotifyAsync(sender, wish.Audience!, content, terms)
            : await gateway.Notifications.NotifyGroupAsync(sender, wish.Group, content, terms);
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
        int max = (int)(s_max.Integer(context.Request) ?? 100);
        Sequence after = default;
        if (s_after.Text(context.Request) is string text && !Sequence.TryParse(text, out after))
            throw new MalformedRequestException("The parameter 'after' must be the id of a notification.");
        Result<IReadOnlyList<NotificationRecord>> listed = await gateway.Notifications.ListAsync(Caller.Service(context), after, max);
        if (!listed.IsSuccess)
            return Answers.Refused(listed.Refusal);
        var page = new NotificationPage
        {
            Items = [.. listed.Value.Select(NotificationViews.WithoutBody)],
            Next = listed.Value.Count == max ? listed.Value[^1].Sequence.ToString() : null,
        };
        return Answers.Json(page, RestanteJson.Plain.NotificationPage);
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoNotification();
        Result<DeliveryReport> found = await gateway.Notifications.GetAsync(Caller.Service(context), sequence);
        if (!found.IsSuccess)
            return Answers.Refused(found.Refusal);
        NotificationView view = NotificationViews.Of(found.Value.Notification) with { Matching = found.Value.Matching };
        return Answers.Json(view, RestanteJson.Plain.NotificationView);
    }

    private async Task<IResult> RecallAsync(string id, HttpContext context)
    {
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoNotification();
        Result<NotificationRecord> recalled = await gateway.Notifications.RecallAsync(Caller.Service(context), sequence);
        if (recalled.IsSuccess)
            AuditNotes.SentBy(context, recalled.Value.Sender);
        return recalled.IsSuccess
            ? Answers.Json(NotificationViews.Of(recalled.Value), RestanteJson.Plain.NotificationView)
            : Answers.Refused(recalled.Refusal);
    }

    private async Task<IResult> ListDevicesAsync(string id, HttpContext context)
    {
        int max = (int)(s_maxDevices.Integer(context.Request) ?? 100);
        var after = new DeviceNumber(s_afterDevice.Integer(context.Request) ?? 0);
        if (!Sequence.TryParse(id, out Sequence sequence))
            return NoNotification();
        Result<IReadOnlyList<NotificationDevice>> listed =
            await gateway.Notifications.ListDevicesAsync(Caller.Service(context), sequence, after, max);
        if (!listed.IsSuccess)
            return Answers.Refused(listed.Refusal);
        var page = new NotificationDevicePage
        {
            Items = [.. listed.Value.Select(NotificationViews.Of)],
            Next = listed.Value.Count == max ? listed.Value[^1].Number.Value : null,
        };
        return Answers.Json(page, RestanteJson.Plain.NotificationDevicePage);
    }

    private static IResult NoNotification() =>
        Answers.Refused(new Refusal(RefusalKind.NotFound, "The ids of notifications are numbers; there is no such notification."));
}
