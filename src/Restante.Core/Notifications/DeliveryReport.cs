namespace Restante.Core.Notifications;

/// <summary>What has become of a notification so far.</summary>
/// <param name="Notification">The notification with its counts.</param>
/// <param name="Matching">How many devices belong to its audience now; those that have settled it are among them if they still do.</param>
public sealed record DeliveryReport(NotificationRecord Notification, long Matching);
