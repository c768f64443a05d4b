using System.Text.Json;

namespace Restante.Contracts;

/// <summary>An enrolment group.</summary>
public sealed record EnrolmentView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary><c>authority</c>, <c>key</c> or <c>claim</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>enabled</c> or <c>disabled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What the ids of its devices begin with; empty for any.</summary>
    public required string IdPrefix { get; init; }

    /// <summary>The tags that its devices get.</summary>
    public required JsonElement Tags { get; init; }

    /// <summary>The groups that its devices get.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The desired state that its devices begin with; absent for none.</summary>
    public JsonElement? Desired { get; init; }

    /// <summary>How many devices it enrols, those counted that were removed and not released.</summary>
    public required long MaxDevices { get; init; }

    /// <summary>How many it has enrolled.</summary>
    public required long Enrolled { get; init; }

    /// <summary>How many of its claims wait to be used; absent unless it has claims.</summary>
    public long? OpenClaims { get; init; }

    /// <summary>When it ends; absent for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The only authority whose certificates count; absent for any, or when it is of another kind.</summary>
    public string? Authority { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Counts the changes; also the entity tag, for <c>If-Match</c>.</summary>
    public required long Version { get; init; }

    /// <summary>Its keys; only in the answer to its creation.</summary>
    public DeviceKeys? Keys { get; init; }
}
