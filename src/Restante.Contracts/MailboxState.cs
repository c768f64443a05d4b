namespace Restante.Contracts;

/// <summary>How full a mailbox is.</summary>
public sealed record MailboxState
{
    /// <summary>Messages in it, leased ones included.</summary>
    public required int Depth { get; init; }

    /// <summary>Their contents in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>How many of them the device holds at the moment.</summary>
    public required int Leased { get; init; }
}
