namespace Restante.Contracts;

/// <summary>What was deleted.</summary>
public sealed record DeletedView
{
    /// <summary>How many.</summary>
    public required int Deleted { get; init; }
}
