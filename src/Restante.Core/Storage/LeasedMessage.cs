using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A message in the hands of a receiver.</summary>
public sealed record LeasedMessage
{
    /// <summary>The hold on it.</summary>
    public required LeaseId Lease { get; init; }

    /// <summary>What it is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>The sender's message-id, if it gave one.</summary>
    public string? MessageId { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>When it was accepted, in milliseconds since the Unix epoch.</summary>
    public required long EnqueuedAtMs { get; init; }

    /// <summary>Its expiry; <see cref="long.MaxValue"/> for never.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>When the lease lapses.</summary>
    public required long LeasedUntilMs { get; init; }

    /// <summary>The message.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Its place.</summary>
    public Sequence Sequence => Lease.Sequence;

    /// <summary>How often it has been handed out, this time included.</summary>
    public int DeliveryCount => Lease.DeliveryCount;
}
