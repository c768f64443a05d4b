namespace Restante.Contracts;

/// <summary>A page of the devices that a job's command was refused for, in the order of their ids.</summary>
public sealed record JobRefusalPage
{
    /// <summary>The devices.</summary>
    public required IReadOnlyList<JobRefusalView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
