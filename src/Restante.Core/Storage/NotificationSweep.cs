using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What a sweep of the notifications did.</summary>
/// <param name="Expired">The notifications that have expired.</param>
/// <param name="Dropped">How many notifications, and devices that had settled one, passed their retention.</param>
/// <param name="More">True when there is more to do at the same instant.</param>
public sealed record NotificationSweep(IReadOnlyList<Sequence> Expired, int Dropped, bool More);
