using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A message on the dead-letter shelf of a device: it has ended, and is kept to be looked at or sent again.</summary>
public sealed record ShelvedMessage
{
    /// <summary>Its place when it was in the mailbox.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>What it was.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>How it ended.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Why, in the words of the receiver or the gateway; at most 512 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>The sender's message-id, if it gave one.</summary>
    public string? MessageId { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>What the sender wished for its end.</summary>
    public MessageFlags Flags { get; init; }

    /// <summary>When it was accepted, in milliseconds since the Unix epoch.</summary>
    public required long EnqueuedAtMs { get; init; }

    /// <summary>When it ended, in milliseconds since the Unix epoch.</summary>
    public required long AtMs { get; init; }

    /// <summary>How often it had been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>The message.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}
