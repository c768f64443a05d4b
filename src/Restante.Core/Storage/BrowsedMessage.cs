using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A message as the mailbox desk shows it.</summary>
public sealed record BrowsedMessage
{
    /// <summary>Its place.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>Whose mailbox it is in.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>What it is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>The sender's message-id, if it gave one.</summary>
    public string? MessageId { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>When it was accepted.</summary>
    public required long EnqueuedAtMs { get; init; }

    /// <summary>Its expiry; <see cref="long.MaxValue"/> for never.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>How often it has been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>When its lease lapses; null while it waits.</summary>
    public long? LeasedUntilMs { get; init; }

    /// <summary>The message.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}
