using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A lease that was not settled in time.</summary>
/// <param name="Device">Whose message it was about.</param>
/// <param name="Sequence">Which.</param>
/// <param name="Kind">What it is.</param>
/// <param name="DeliveryCount">How often it has been handed out, the lapsed time included.</param>
public readonly record struct LapsedLease(DeviceNumber Device, Sequence Sequence, MessageKind Kind, int DeliveryCount);
