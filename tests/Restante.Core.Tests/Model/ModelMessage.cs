using Restante.Core.Mailboxes;

namespace Restante.Core.Tests.Model;

/// <summary>What the model knows of a message: only what the gateway has said or time has done.</summary>
internal sealed class ModelMessage
{
    public required Sequence Sequence { get; init; }

    public required ModelDevice Device { get; init; }

    public required long ExpiresAtMs { get; init; }

    public required string Body { get; init; }

    public int Deliveries { get; set; }

    public LeaseId? Lease { get; set; }

    public long LeasedUntilMs { get; set; }

    /// <summary>How it has to have ended; several are possible where the gateway may decide at a later instant.</summary>
    public HashSet<Outcome>? MayHaveEnded { get; set; }

    /// <summary>True once its end was confirmed to somebody: from then on it must never be handed out.</summary>
    public bool Ended { get; set; }
}
