using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>A message that has not ended.</summary>
internal sealed class MemoryMessage
{
    public required Sequence Sequence { get; init; }

    public required EnqueueItem Item { get; init; }

    public required byte[] Content { get; init; }

    public required long EnqueuedAtMs { get; init; }

    public int DeliveryCount { get; set; }

    /// <summary>When its lease lapses; null while it waits.</summary>
    public long? LeasedUntilMs { get; set; }

    public bool IsExpired(long nowMs) => nowMs >= Item.ExpiresAtMs;
}
