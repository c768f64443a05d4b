using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A notification to be sent.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NotificationCreation : MessageWish
{
    /// <summary>For whom: an audience query. Give this or <c>group</c>.</summary>
    public string? Audience { get; init; }

    /// <summary>For whom: the members of this group.</summary>
    public string? Group { get; init; }

    /// <summary>
    /// How long it lives, in seconds. Not together with <c>expiresAt</c>; with neither it lives as the gateway's default says.
    /// </summary>
    public double? Ttl { get; init; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(notification)";
}
