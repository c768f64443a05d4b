using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>One-time claims to be made.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ClaimCreation
{
    /// <summary>How many; 1 when not given.</summary>
    public int? Count { get; init; }

    /// <summary>The only device that may use it; then there is one claim.</summary>
    public string? Device { get; init; }

    /// <summary>When they end; after the gateway's usual time when not given.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
