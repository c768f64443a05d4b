using System.ComponentModel.DataAnnotations;

namespace Restante.Core.Storage;

/// <summary>What a store of mailboxes allows. Handed to it when it is opened.</summary>
public sealed record MailboxLimits
{
    /// <summary>Messages in one mailbox, leased ones included.</summary>
    [Range(1, 1000000)]
    public int MaxDepth { get; init; } = 1_000;

    /// <summary>Bytes of content in one mailbox.</summary>
    [Range(typeof(long), "1024", "1099511627776")]
    public long MaxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// How often a message is handed out before it ends as <c>undeliverable</c>. A hand-out that ends with its connection counts too, so keep it well
    /// above the reconnects of a device with a poor network.
    /// </summary>
    [Range(1, 1000)]
    public int MaxDeliveries { get; init; } = 100;

    /// <summary>How long an outcome is kept, in milliseconds.</summary>
    [Range(typeof(long), "60000", "316224000000")]
    public long OutcomeRetentionMs { get; init; } = 7L * 24 * 3600 * 1000;
}
