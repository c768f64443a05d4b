namespace Restante.Contracts;

/// <summary>A piece of the audit log.</summary>
public sealed record AuditPage
{
    /// <summary>The entries in the order of their numbers.</summary>
    public required IReadOnlyList<AuditEntryView> Items { get; init; }

    /// <summary>What to give as <c>after</c> next.</summary>
    public required long Next { get; init; }

    /// <summary>How many entries after the asked place are no longer kept.</summary>
    public required long Skipped { get; init; }
}
