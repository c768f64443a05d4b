using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;
using static Restante.Core.History.HistoryWords;

namespace Restante.Core.History;

/// <summary>
/// What is said of a notification as a whole, and what it is for one device: a message that waits or has ended like any other.
/// </summary>
internal static class NotificationCases
{
    /// <summary>A notification for all of its audience.</summary>
    public static Explanation Whole(NotificationRecord notification)
    {
        string counts = $"accepted by {Devices(notification.Accepted)}, rejected by {Devices(notification.Rejected)}, "
            + $"given up as undeliverable for {Devices(notification.Undeliverable)}";
        string end = Time(notification.EndedAtMs ?? notification.ExpiresAtMs);
        string how = notification.State switch
        {
            NotificationState.Active => $"is open until {end}",
            NotificationState.Expired => $"expired at {end}",
            _ => $"was recalled at {end}{Because(notification.Reason)}",
        };
        string name = $"Notification {notification.Sequence}";
        string messageId = notification.MessageId is null ? "" : $" with the message-id '{notification.MessageId}'";
        List<Fact> facts =
        [
            new(notification.AtMs, "enqueued", $"{name} was taken from '{notification.Sender}'{messageId} for: {notification.Audience}."),
        ];
        if (notification.EndedAtMs is long at)
            facts.Add(new Fact(at, notification.State == NotificationState.Expired ? "expired" : "cancelled", $"It {how}."));
        return new Explanation
        {
            Sequence = notification.Sequence,
            Kind = MessageKind.Notification,
            Outcome = Outcome(notification.State),
            Sentence = $"{name} {how}: {counts}.",
            Facts = facts,
            IsComplete = true,
        };
    }

    /// <summary>A notification for a device that is not of its audience.</summary>
    public static Explanation Foreign(NotificationRecord notification, DeviceRecord device) => Whole(notification) with
    {
        Device = device.Id,
        Sentence = $"Notification {notification.Sequence} is not for {device.Id}: the device does not belong to its audience "
            + $"({notification.Audience}).",
    };

    /// <summary>What has come over a notification that a device has in hand, as a part of a sentence; null for nothing.</summary>
    public static string? Meanwhile(NotificationRecord notification, bool isOfAudience)
    {
        string end = Time(notification.EndedAtMs ?? notification.ExpiresAtMs);
        return notification.State switch
        {
            NotificationState.Active when isOfAudience => null,
            NotificationState.Active => $"the device has left its audience since ({notification.Audience})",
            NotificationState.Expired => $"it expired at {end} meanwhile, and may still be settled until then",
            _ => $"it was recalled at {end} meanwhile{Because(notification.Reason)}, and may still be settled until then",
        };
    }

    /// <summary>A notification that a device has not settled and gets no more, as the end of a message; null while it is open.</summary>
    public static OutcomeRecord? Missed(NotificationRecord notification, DeviceRecord device)
    {
        if (Outcome(notification.State) is not Outcome outcome)
            return null;
        long at = notification.EndedAtMs ?? notification.ExpiresAtMs;
        return Ended(notification, new NotificationDevice(device.Id, device.Number, outcome, notification.Reason, 0, at));
    }

    /// <summary>What a device made of a notification, as the end of a message.</summary>
    public static OutcomeRecord Ended(NotificationRecord notification, NotificationDevice device) => new()
    {
        Number = 0,
        Sequence = notification.Sequence,
        Device = device.Device,
        DeviceNumber = device.Number,
        Kind = MessageKind.Notification,
        Outcome = device.Outcome,
        Reason = device.Reason,
        MessageId = notification.MessageId,
        Sender = notification.Sender,
        DeliveryCount = device.DeliveryCount,
        EnqueuedAtMs = notification.AtMs,
        AtMs = device.AtMs,
    };

    /// <summary>A notification that waits for a device, as a message that waits.</summary>
    public static BrowsedMessage Waiting(NotificationRecord notification, DeviceRecord device) => new()
    {
        Sequence = notification.Sequence,
        Device = device.Id,
        Kind = MessageKind.Notification,
        MessageId = notification.MessageId,
        Sender = notification.Sender,
        EnqueuedAtMs = notification.AtMs,
        ExpiresAtMs = notification.ExpiresAtMs,
        DeliveryCount = 0,
        Content = notification.Content,
    };

    private static Outcome? Outcome(NotificationState state) => state switch
    {
        NotificationState.Active => null,
        NotificationState.Expired => Mailboxes.Outcome.Expired,
        _ => Mailboxes.Outcome.Cancelled,
    };

    private static string Devices(long count) => count == 1 ? "1 device" : $"{Number(count)} devices";
}
