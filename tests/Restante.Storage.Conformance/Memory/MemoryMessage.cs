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

    /// <summary>When it may be handed out again after it was given back; null when nothing holds it up.</summary>
    public long? DelayedUntilMs { get; set; }

    /// <summary>Whether the device has been told that its time has come.</summary>
    public bool IsTold { get; set; }

    /// <summary>Whether it is a notification, which leaves with the session.</summary>
    public bool IsOffered { get; init; }

    /// <summary>Whether it is a notification that is not handed out again.</summary>
    public bool IsWithdrawn { get; set; }

    public bool Waits => LeasedUntilMs is null;

    /// <summary>Gives it back after it was handed out in vain.</summary>
    public void PutBack(long nowMs, MailboxLimits limits)
    {
        LeasedUntilMs = null;
        if (DeliveryCount < 2 || limits.RedeliveryDelayMs == 0)
            return;
        double delay = Math.Min(limits.MaxRedeliveryDelayMs, limits.RedeliveryDelayMs * Math.Pow(2, DeliveryCount - 2));
        DelayedUntilMs = delay > 0 ? nowMs + (long)delay : null;
    }

    public bool IsExpired(long nowMs) => nowMs >= Item.ExpiresAtMs;
}
