namespace Restante.Contracts;

/// <summary>A page of a mailbox, oldest message first.</summary>
public sealed record MailboxPage
{
    /// <summary>The messages.</summary>
    public required IReadOnlyList<MailboxMessageView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
