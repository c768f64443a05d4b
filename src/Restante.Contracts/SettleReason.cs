using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>Why something is rejected or given back.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SettleReason
{
    /// <summary>The reason, kept with the outcome; cut to 512 characters.</summary>
    public string? Reason { get; init; }
}
