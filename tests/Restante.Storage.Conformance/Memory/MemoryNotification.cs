using Restante.Core.Notifications;

namespace Restante.Storage.Conformance.Memory;

/// <summary>A notification with what is known of its devices.</summary>
internal sealed class MemoryNotification
{
    public required NotificationRecord Record { get; set; }

    /// <summary>The devices that have settled it, by number.</summary>
    public SortedDictionary<long, NotificationDevice> Settled { get; } = [];

    /// <summary>How often devices that have not settled it were handed it in sessions that have ended.</summary>
    public Dictionary<long, int> Counts { get; } = [];
}
