using Restante.Core.Mailboxes;

namespace Restante.Core.Notifications;

/// <summary>A notification and what has become of it.</summary>
public sealed record NotificationRecord
{
    /// <summary>Its place in the order of all messages, by which it is named.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>For whom: the text of an audience query.</summary>
    public required string Audience { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>The sender's message-id, if it gave one.</summary>
    public string? MessageId { get; init; }

    /// <summary>When it was accepted, in milliseconds since the Unix epoch.</summary>
    public required long AtMs { get; init; }

    /// <summary>Its expiry.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>What is true of it.</summary>
    public required NotificationState State { get; init; }

    /// <summary>When it expired or was recalled; null while it is active.</summary>
    public long? EndedAtMs { get; init; }

    /// <summary>Why it was recalled; null unless it was.</summary>
    public string? Reason { get; init; }

    /// <summary>How many devices accepted it.</summary>
    public required long Accepted { get; init; }

    /// <summary>How many devices rejected it.</summary>
    public required long Rejected { get; init; }

    /// <summary>How many devices were handed it as often as allowed without settling it.</summary>
    public required long Undeliverable { get; init; }

    /// <summary>The message; empty in lists.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }
}
