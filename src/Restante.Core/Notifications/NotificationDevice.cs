using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Notifications;

/// <summary>How a notification ended for one device.</summary>
/// <param name="Device">The device's id, also when it has been removed since.</param>
/// <param name="Number">Its generation.</param>
/// <param name="Outcome">Accepted, rejected or undeliverable.</param>
/// <param name="Reason">What the device said, if it said something.</param>
/// <param name="DeliveryCount">How often it was handed out to it.</param>
/// <param name="AtMs">When, in milliseconds since the Unix epoch.</param>
public sealed record NotificationDevice(
    DeviceId Device, DeviceNumber Number, Outcome Outcome, string? Reason, int DeliveryCount, long AtMs);
