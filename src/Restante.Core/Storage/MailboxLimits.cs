using System.ComponentModel.DataAnnotations;
using Restante.Core.Limits;

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
    /// How often a message is handed out before it ends as <c>undeliverable</c>. When a connection ends, only the first of the messages
    /// that it held counts as handed out.
    /// </summary>
    [Range(1, 1000)]
    public int MaxDeliveries { get; init; } = 10;

    /// <summary>
    /// How long a message waits after it was given back, or its lease lapsed, for the second time, in milliseconds; each further time twice
    /// as long. The first time it is handed out again at once. 0 switches it off.
    /// </summary>
    [Range(typeof(long), "0", "3600000")]
    public long RedeliveryDelayMs { get; init; } = 1_000;

    /// <summary>The longest such wait, in milliseconds.</summary>
    [Range(typeof(long), "0", "86400000")]
    public long MaxRedeliveryDelayMs { get; init; } = 60_000;

    /// <summary>How long the same command of the same sender is recognised by its message-id, in milliseconds. 0 switches it off.</summary>
    [Range(typeof(long), "0", "604800000")]
    public long IdempotencyRetentionMs { get; init; } = 600_000;

    /// <summary>
    /// Notifications that are neither expired nor recalled. Each costs a bit for every device up to the newest one that has settled it.
    /// </summary>
    [Range(1, 100000)]
    public int MaxActiveNotifications { get; init; } = 1_000;

    /// <summary>
    /// How much of <see cref="MaxActiveNotifications"/> may be of one policy, in percent; at least one. Range 1 to 100. One more of its own
    /// is refused to it as <c>throttled</c>.
    /// </summary>
    [Range(1, 100)]
    public int ActiveNotificationSharePercent { get; init; } = 50;

    /// <summary>How many active notifications one policy may have.</summary>
    public int MaxActiveNotificationsOfSender() => PolicyShares.Of(MaxActiveNotifications, ActiveNotificationSharePercent);

    /// <summary>
    /// Message-ids remembered for that, over all mailboxes; about 50 bytes each. Beyond it the oldest are forgotten early.
    /// </summary>
    [Range(1, 100000000)]
    public int MaxIdempotencyKeys { get; init; } = 1_000_000;

    /// <summary>How long an outcome is kept, in milliseconds.</summary>
    [Range(typeof(long), "60000", "316224000000")]
    public long OutcomeRetentionMs { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>Messages on the dead-letter shelf of one device; beyond it the oldest one goes.</summary>
    [Range(0, 100000)]
    public int MaxShelved { get; init; } = 100;

    /// <summary>How long a message stays on the dead-letter shelf, in milliseconds.</summary>
    [Range(typeof(long), "60000", "316224000000")]
    public long ShelfRetentionMs { get; init; } = 7L * 24 * 3600 * 1000;
}
