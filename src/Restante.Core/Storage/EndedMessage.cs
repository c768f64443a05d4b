using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A message that a call has ended.</summary>
/// <param name="Device">Whose it was.</param>
/// <param name="Sequence">Which.</param>
/// <param name="Kind">What it was.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="DeliveryCount">How often it had been handed out.</param>
public readonly record struct EndedMessage(DeviceNumber Device, Sequence Sequence, MessageKind Kind, Outcome Outcome, int DeliveryCount);
