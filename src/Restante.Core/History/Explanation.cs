using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.History;

/// <summary>What happened to a message, and why.</summary>
public sealed record Explanation
{
    /// <summary>The message.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>What it is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>Whose mailbox it is or was in; null for a notification as a whole.</summary>
    public DeviceId? Device { get; init; }

    /// <summary>How it ended; null while it has not.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>True while the device has it in hand.</summary>
    public bool IsLeased { get; init; }

    /// <summary>One sentence that a person on call can act on.</summary>
    public required string Sentence { get; init; }

    /// <summary>The facts in the order of time.</summary>
    public required IReadOnlyList<Fact> Facts { get; init; }

    /// <summary>False when there were more facts than are shown, or when the history does not reach back to the message.</summary>
    public required bool IsComplete { get; init; }
}
