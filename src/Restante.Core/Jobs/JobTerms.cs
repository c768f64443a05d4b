namespace Restante.Core.Jobs;

/// <summary>On which terms a job sends its commands, and how fast.</summary>
public sealed record JobTerms
{
    /// <summary>When it begins, in milliseconds since the Unix epoch; 0 for at once.</summary>
    public long StartAtMs { get; init; }

    /// <summary>How many commands are sent in a second at the most; 1 to <see cref="BulkJobs.MaxRatePerSecond"/>.</summary>
    public int RatePerSecond { get; init; } = 100;

    /// <summary>How long each command lives from when it is sent, in milliseconds; null for the gateway's default life.</summary>
    public long? TtlMs { get; init; }

    /// <summary>The replace-key of each command; null for none. See <see cref="Mailboxes.CommandTerms.ReplaceKey"/>.</summary>
    public string? ReplaceKey { get; init; }

    /// <summary>Whether the outcomes are told in the feed of outcomes too. The job counts them in any case.</summary>
    public bool WantsOutcome { get; init; } = true;

    /// <summary>Whether commands that expire go to the dead-letter shelves.</summary>
    public bool ShelveExpired { get; init; }

    /// <summary>The job is aborted when more than so many have failed; null for never.</summary>
    public int? MaxFailed { get; init; }

    /// <summary>
    /// The job is aborted when more than this share of those that have ended have failed, in percent, 0 to 99, looked at from the
    /// <see cref="BulkJobs.ShareAfter"/>th on; null for never.
    /// </summary>
    public int? MaxFailedPercent { get; init; }
}
