using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>What to change of an enrolment group, for devices that are enrolled from then on; what is absent stays.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EnrolmentChange
{
    /// <summary><c>enabled</c> or <c>disabled</c>.</summary>
    public string? Status { get; init; }

    /// <summary>What the ids of its devices begin with; an empty text for any.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>The new tags, in place of all old ones.</summary>
    public JsonElement? Tags { get; init; }

    /// <summary>The new groups, in place of all old ones.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The new desired state; an empty object for none.</summary>
    public JsonElement? Desired { get; init; }

    /// <summary>How many devices it enrols.</summary>
    public long? MaxDevices { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>True to let it never end.</summary>
    public bool? NeverExpires { get; init; }
}
