using Restante.Core.Devices;
using Restante.Core.Messages;

namespace Restante.Core.Mailboxes;

/// <summary>The durable record of how a message ended. Kept until its retention ends, also after the device was removed.</summary>
public sealed record OutcomeRecord
{
    /// <summary>
    /// Its place in the feed of outcomes, starting at 1, without gaps at the time of writing; 0 when it is not told there.
    /// </summary>
    public required long Number { get; init; }

    /// <summary>The message.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>The device whose mailbox held it.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>The number of that device.</summary>
    public required DeviceNumber DeviceNumber { get; init; }

    /// <summary>What the message was.</summary>
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

    /// <summary>Until when the device may report on it; 0 for the gateway's own rule.</summary>
    public long ReportsUntilMs { get; init; }

    /// <summary>The shelved message that it sent again; 0 for none.</summary>
    public Sequence Origin { get; init; }

    /// <summary>The number of the job that sent it; 0 for none.</summary>
    public long Job { get; init; }

    /// <summary>How often the message had been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>When the message was accepted, in milliseconds since the Unix epoch.</summary>
    public required long EnqueuedAtMs { get; init; }

    /// <summary>When it ended, in milliseconds since the Unix epoch.</summary>
    public required long AtMs { get; init; }
}
