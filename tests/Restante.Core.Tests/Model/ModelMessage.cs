using Restante.Core.Mailboxes;

namespace Restante.Core.Tests.Model;

/// <summary>What the model knows of a message: only what the gateway has said or time has done.</summary>
internal sealed class ModelMessage
{
    public required Sequence Sequence { get; init; }

    public required ModelDevice Device { get; init; }

    public required long ExpiresAtMs { get; init; }

    public required string Body { get; init; }

    public required long NotBeforeMs { get; init; }

    public int Deliveries { get; set; }

    public LeaseId? Lease { get; set; }

    public long LeasedUntilMs { get; set; }

    /// <summary>Until when it waits after it was handed out in vain.</summary>
    public long DelayedUntilMs { get; set; }

    /// <summary>How it has to have ended; several are possible where the gateway may decide at a later instant.</summary>
    public HashSet<Outcome>? MayHaveEnded { get; set; }

    /// <summary>True once its end was confirmed to somebody: from then on it must never be handed out.</summary>
    public bool Ended { get; set; }

    /// <summary>It was handed out in vain: from the second time on it waits, the next time twice as long.</summary>
    public void PutBack(long nowMs, int delayMs, int maxDelayMs)
    {
        Lease = null;
        if (Deliveries > 1)
            DelayedUntilMs = nowMs + Math.Min(delayMs << (Deliveries - 2), maxDelayMs);
    }
}
