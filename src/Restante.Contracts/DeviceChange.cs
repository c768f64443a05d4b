using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>What to change of a device; what is absent stays.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DeviceChange
{
    /// <summary><c>enabled</c> or <c>disabled</c>. A device that is disabled loses its connections at once; its mail is kept.</summary>
    public string? Status { get; init; }

    /// <summary>The new tags, in place of all old ones.</summary>
    public JsonElement? Tags { get; init; }

    /// <summary>The new groups, in place of all old ones.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The device that may act for it from now on; an empty text for none.</summary>
    public string? Gateway { get; init; }
}
