using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A message of a batch of telemetry.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TelemetryMessage : MessageWish
{
    /// <inheritdoc/>
    public override string ToString() => "(message)";
}
