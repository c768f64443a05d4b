namespace Restante.Core.Mailboxes;

/// <summary>The terms on which a command is sent. What is not said is as usual.</summary>
public sealed record CommandTerms
{
    /// <summary>
    /// The sender's message-id; the same one again, to the same device, within a while is the same command. At most 256 characters.
    /// </summary>
    public string? MessageId { get; init; }

    /// <summary>
    /// When it expires, in milliseconds since the Unix epoch; null for the default life, counted from <see cref="NotBeforeMs"/> if that is
    /// given.
    /// </summary>
    public long? ExpiresAtMs { get; init; }

    /// <summary>Before this instant it is not handed out, in milliseconds since the Unix epoch; null for at once.</summary>
    public long? NotBeforeMs { get; init; }

    /// <summary>Takes the place of older commands with the same key that the device has not been handed; 1 to 128 characters.</summary>
    public string? ReplaceKey { get; init; }

    /// <summary>Whether its outcome is told in the feed of outcomes. It can be looked up in any case.</summary>
    public bool WantsOutcome { get; init; } = true;

    /// <summary>Whether it goes to the dead-letter shelf when it expires.</summary>
    public bool ShelveExpired { get; init; }

    /// <summary>Until when the device may report on it, in milliseconds since the Unix epoch; null for the gateway's own rule.</summary>
    public long? ReportsUntilMs { get; init; }
}
