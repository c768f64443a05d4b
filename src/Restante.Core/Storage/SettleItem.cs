using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What a receiver says of one lease.</summary>
/// <param name="Device">The mailbox.</param>
/// <param name="Epoch">The session that holds it.</param>
/// <param name="Lease">The lease.</param>
/// <param name="Verb">What to do.</param>
/// <param name="Reason">Kept with the outcome; cut to 512 characters.</param>
/// <param name="LeaseDurationMs">For <see cref="SettleVerb.Renew"/>: how long from now.</param>
public readonly record struct SettleItem(
    DeviceNumber Device, SessionEpoch Epoch, LeaseId Lease, SettleVerb Verb, string? Reason = null, long LeaseDurationMs = 0);
