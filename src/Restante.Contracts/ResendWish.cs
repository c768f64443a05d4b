using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>How a message off the dead-letter shelf is sent again.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ResendWish
{
    /// <summary>
    /// How long it lives, in seconds. Not together with <c>expiresAt</c>; with neither it lives as the gateway's default says.
    /// </summary>
    public double? Ttl { get; init; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
