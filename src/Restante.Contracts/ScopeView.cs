using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>What of the gateway a policy reaches, whatever its rights. A member that is absent narrows nothing, an empty list leaves
/// nothing.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ScopeView
{
    /// <summary>An audience query: the devices that it reaches. Others are for it like none.</summary>
    public string? Audience { get; init; }

    /// <summary>The subjects whose inquiries it may handle.</summary>
    public IReadOnlyList<string>? Subjects { get; init; }

    /// <summary>The consumer groups of telemetry that it may use.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The channels whose telemetry it is shown; an empty text is telemetry without a channel.</summary>
    public IReadOnlyList<string>? Channels { get; init; }
}
