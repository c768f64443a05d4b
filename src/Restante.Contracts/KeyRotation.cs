using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A wish to change a key.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record KeyRotation
{
    /// <summary>The new key, 32 bytes in base64; one is generated when it is not given.</summary>
    public string? Key { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
