using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A message for a mailbox.</summary>
public sealed record EnqueueItem
{
    /// <summary>Whose mailbox.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>What it is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>The message, see <see cref="MessageContent"/>. The store copies it before the call returns.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>After this instant it is never handed out; <see cref="long.MaxValue"/> for never.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>
    /// The sender's message-id, if it gave one; at most 256 characters. The same command (message-id, sender and device) is taken once
    /// within <see cref="MailboxLimits.IdempotencyRetentionMs"/>.
    /// </summary>
    public string? MessageId { get; init; }

    /// <summary>The policy that sends it.</summary>
    public required string Sender { get; init; }

    /// <summary>Before this instant it is not handed out, and does not hold up what is behind it; 0 for at once.</summary>
    public long NotBeforeMs { get; init; }

    /// <summary>
    /// Ends older messages of the same device with the same key that are in nobody's hands; 1 to 128 characters, null for none.
    /// </summary>
    public string? ReplaceKey { get; init; }

    /// <summary>What is wished for its end.</summary>
    public MessageFlags Flags { get; init; }

    /// <summary>Until when the device may report on it; 0 for the gateway's own rule.</summary>
    public long ReportsUntilMs { get; init; }

    /// <summary>
    /// The shelved message that is sent again with this one; 0 for none. Such a message is not compared with earlier ones.
    /// </summary>
    public Sequence Origin { get; init; }

    /// <summary>The number of the job that sends it; 0 for none.</summary>
    public long Job { get; init; }
}
