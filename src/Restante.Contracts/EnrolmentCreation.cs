using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>An enrolment group to be created: a standing permission to become a device.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EnrolmentCreation
{
    /// <summary>Its name: 1 to 64 characters out of <c>A-Z a-z 0-9 . _ -</c>.</summary>
    [Required]
    public string? Name { get; init; }

    /// <summary>
    /// By what devices prove that they belong to it: <c>authority</c> (a certificate that a registered authority signed), <c>key</c> (a key
    /// derived from the group's), or <c>claim</c> (a token that counts once).
    /// </summary>
    [Required]
    public string? Kind { get; init; }

    /// <summary><c>enabled</c> (the default) or <c>disabled</c>.</summary>
    public string? Status { get; init; }

    /// <summary>What the ids of its devices begin with; any id when not given.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>The tags that its devices get: a JSON object.</summary>
    public JsonElement? Tags { get; init; }

    /// <summary>The groups that its devices get.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The desired state that its devices begin with: a JSON object.</summary>
    public JsonElement? Desired { get; init; }

    /// <summary>How many devices it enrols; as many as a group may when not given.</summary>
    public long? MaxDevices { get; init; }

    /// <summary>When it ends; never when not given.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The only authority whose certificates count, for the kind <c>authority</c>; any when not given.</summary>
    public string? Authority { get; init; }

    /// <summary>Its keys, for the kind <c>key</c>; what is not given is generated.</summary>
    public DeviceKeys? Keys { get; init; }
}
