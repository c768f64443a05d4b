using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>How a message is to end.</summary>
/// <param name="Sequence">The message.</param>
/// <param name="Device">Whose it is.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Flags">What its sender wished for its end.</param>
/// <param name="Outcome">How it ends.</param>
/// <param name="Reason">Why.</param>
/// <param name="DeliveryCount">How often it has been handed out.</param>
/// <param name="IsDamaged">True when its stored bytes are not what was sent.</param>
internal readonly record struct Ending(
    long Sequence,
    long Device,
    MessageKind Kind,
    MessageFlags Flags,
    Outcome Outcome,
    string? Reason,
    int DeliveryCount,
    bool IsDamaged = false)
{
    /// <summary>True when its outcome is told in the feed, as those of commands are; others can only be looked up.</summary>
    public bool IsTold => Kind == MessageKind.Command && (Flags & MessageFlags.OutcomeNotWanted) == 0;

    /// <summary>True when it goes to the dead-letter shelf.</summary>
    public bool IsShelved => !IsDamaged && Outcome switch
    {
        Outcome.Rejected or Outcome.Undeliverable => true,
        Outcome.Expired => (Flags & MessageFlags.ShelveExpired) != 0,
        _ => false,
    };
}
