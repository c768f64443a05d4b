using Restante.Contracts;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;

namespace Restante.Heads.Http.Views;

/// <summary>Notifications as the interface shows them.</summary>
internal static class NotificationViews
{
    public static NotificationView Of(NotificationRecord notification) =>
        MessageViews.Fill(WithoutBody(notification), notification.Content);

    public static NotificationView WithoutBody(NotificationRecord notification) => new()
    {
        Id = notification.Sequence.ToString(),
        Audience = notification.Audience,
        Sender = notification.Sender,
        MessageId = notification.MessageId,
        SentAt = Times.Of(notification.AtMs),
        ExpiresAt = Times.Of(notification.ExpiresAtMs),
        State = notification.State.ToString().ToLowerInvariant(),
        EndedAt = Times.Of(notification.EndedAtMs),
        Reason = notification.Reason,
        Accepted = notification.Accepted,
        Rejected = notification.Rejected,
        Undeliverable = notification.Undeliverable,
    };

    public static NotificationDeviceView Of(NotificationDevice device) => new()
    {
        Device = device.Device.Value,
        Outcome = device.Outcome.Name(),
        Reason = device.Reason,
        DeliveryCount = device.DeliveryCount,
        At = Times.Of(device.AtMs),
    };
}
