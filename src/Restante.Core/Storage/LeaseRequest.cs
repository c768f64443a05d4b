using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A wish for mail.</summary>
/// <param name="Device">The mailbox.</param>
/// <param name="Epoch">The session that asks.</param>
/// <param name="MaxMessages">How many at the most; at least 1.</param>
/// <param name="MaxBytes">Stop after this many bytes of content; at least one message is handed out if there is one.</param>
/// <param name="NowMs">The time.</param>
/// <param name="LeaseDurationMs">How long the leases hold.</param>
/// <param name="Kinds">What is wished; the rest waits, and does not hold up what is behind it.</param>
/// <param name="Excluded">What is not to be handed out now, in the same way; null for nothing. Not changed during the call.</param>
/// <param name="LookedThrough">Up to this place it has been seen to which notifications are for the device. While a later one has been
/// published since the store was opened, nothing beyond this place is handed out. Null to be handed out whatever waits.</param>
public readonly record struct LeaseRequest(
    DeviceNumber Device,
    SessionEpoch Epoch,
    int MaxMessages,
    int MaxBytes,
    long NowMs,
    long LeaseDurationMs,
    MessageKinds Kinds = MessageKinds.All,
    IReadOnlySet<Sequence>? Excluded = null,
    Sequence? LookedThrough = null);
