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

    /// <summary>Until when it is held back, and everything behind it, because it was given back; null when it is not.</summary>
    public long? HeldBackUntilMs { get; init; }

    /// <summary>Before this instant it is not handed out; 0 for at once.</summary>
    public long NotBeforeMs { get; init; }

    /// <summary>The key by which newer messages replace it, if it has one.</summary>
    public string? ReplaceKey { get; init; }

    /// <summary>What the sender wished for its end.</summary>
    public MessageFlags Flags { get; init; }

    /// <summary>Until when the device may report on it; 0 for the gateway's own rule.</summary>
    public long ReportsUntilMs { get; init; }

    /// <summary>The shelved message that it sends again; 0 for none.</summary>
    public Sequence Origin { get; init; }

    /// <summary>The number of the job that sent it; 0 for none.</summary>
    public long Job { get; init; }

    /// <summary>The message.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}
