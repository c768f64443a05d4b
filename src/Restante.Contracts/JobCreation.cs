using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A command to each device of an audience.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record JobCreation : MessageWish
{
    /// <summary>For whom: an audience query.</summary>
    [Required]
    public string? Audience { get; init; }

    /// <summary>How long each command lives from when it is sent, in seconds; absent for the gateway's default.</summary>
    public double? Ttl { get; init; }

    /// <summary>The replace-key of each command, 1 to 128 characters.</summary>
    public string? ReplaceKey { get; init; }

    /// <summary>Whether the outcomes are told in <c>/v1/outcomes</c> too; the job counts them in any case. Absent for yes.</summary>
    public bool? Outcome { get; init; }

    /// <summary>Whether commands that expire go to the dead-letter shelves; absent for no.</summary>
    public bool? ShelveExpired { get; init; }

    /// <summary>When it begins; absent for at once.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>How many commands are sent in a second at the most, 1 to 5,000; 100 when absent.</summary>
    public int? RatePerSecond { get; init; }

    /// <summary>The job is aborted when more than so many have failed; absent for never.</summary>
    public int? AbortAfterFailed { get; init; }

    /// <summary>
    /// The job is aborted when more than this share of those that have ended have failed, 0 to 99, looked at from the 20th on; absent for
    /// never.
    /// </summary>
    public int? AbortAfterFailedPercent { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(job)";
}
