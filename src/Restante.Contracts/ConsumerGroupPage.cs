namespace Restante.Contracts;

/// <summary>The consumer groups of telemetry.</summary>
public sealed record ConsumerGroupPage
{
    /// <summary>Their names.</summary>
    public required IReadOnlyList<string> Items { get; init; }
}
