using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What was handed out.</summary>
/// <param name="HeldByOther">True when the epoch is not the newest: the caller has been taken over or the device is gone.</param>
/// <param name="Messages">The messages, in order.</param>
/// <param name="Ended">What was found that may not be handed out any more.</param>
public readonly record struct LeaseResult(bool HeldByOther, IReadOnlyList<LeasedMessage> Messages, IReadOnlyList<EndedMessage> Ended)
{
    /// <summary>
    /// Set when mail was held back because of <see cref="LeaseRequest.LookedThrough"/>: the latest notification that was published.
    /// </summary>
    public Sequence? HeldBackBy { get; init; }
}
