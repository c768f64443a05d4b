using System.Text.Json;

namespace Restante.Contracts;

/// <summary>One part of a state document.</summary>
public sealed record StatePartView
{
    /// <summary>Counts the changes of this part; 0 before the first.</summary>
    public required long Version { get; init; }

    /// <summary>When it was last changed; absent before the first change.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>The part, a JSON object.</summary>
    public required JsonElement Content { get; init; }
}
