namespace Restante.Contracts;

/// <summary>A page of jobs, the newest first.</summary>
public sealed record JobPage
{
    /// <summary>The jobs.</summary>
    public required IReadOnlyList<JobView> Items { get; init; }

    /// <summary>What to give as <c>before</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
