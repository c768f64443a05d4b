namespace Restante.Core.Mailboxes;

/// <summary>The receipt for a message that was taken.</summary>
/// <param name="Sequence">Its place, and as text its id. For a duplicate that of the first one.</param>
/// <param name="ExpiresAtMs">When it expires. For a duplicate what this call wished, which changed nothing.</param>
/// <param name="Depth">How many messages the mailbox holds now.</param>
public readonly record struct SentMessage(Sequence Sequence, long ExpiresAtMs, int Depth)
{
    /// <summary>True when the same command had been taken before; nothing was enqueued.</summary>
    public bool IsDuplicate { get; init; }

    /// <summary>What it replaced, oldest first; null for nothing.</summary>
    public IReadOnlyList<Sequence>? Replaced { get; init; }
}
