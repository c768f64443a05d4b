namespace Restante.Contracts;

/// <summary>A page of enrolled ids in their order.</summary>
public sealed record EnrolledPage
{
    /// <summary>The ids.</summary>
    public required IReadOnlyList<EnrolledView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
