using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>What the index knows of a message.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Device">Whose it is.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Flags">What its sender wished for its end.</param>
/// <param name="DeliveryCount">How often it has been handed out.</param>
/// <param name="LeasedUntilMs">When its lease lapses; null while it waits.</param>
/// <param name="HeldBackUntilMs">Until when it is held back after it came back; null when it is not.</param>
/// <param name="IsOffered">True for a notification, for which no message is stored.</param>
internal readonly record struct Listed(
    long Sequence,
    long Device,
    MessageKind Kind,
    MessageFlags Flags,
    int DeliveryCount,
    long? LeasedUntilMs,
    long? HeldBackUntilMs,
    bool IsOffered = false)
{
    public Ending Ending(Outcome outcome, string? reason) => new(Sequence, Device, Kind, Flags, outcome, reason, DeliveryCount);
}
