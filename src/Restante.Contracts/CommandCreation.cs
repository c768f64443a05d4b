using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A command to be sent.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CommandCreation : MessageWish
{
    /// <summary>
    /// How long it lives, in seconds. Not together with <c>expiresAt</c>; with neither it lives as the gateway's default says.
    /// </summary>
    public double? Ttl { get; init; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Before this instant it is not handed out; absent for at once. The default life begins then.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Takes the place of older commands with the same key that the device has not been handed; 1 to 128 characters.</summary>
    public string? ReplaceKey { get; init; }

    /// <summary>Whether its outcome is told in <c>/v1/outcomes</c>; it can be looked up in any case. Absent for yes.</summary>
    public bool? Outcome { get; init; }

    /// <summary>Whether it goes to the dead-letter shelf when it expires; absent for no.</summary>
    public bool? ShelveExpired { get; init; }

    /// <summary>Until when the device may report on it; absent for the gateway's own rule.</summary>
    public DateTimeOffset? ReportsUntil { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(command)";
}
