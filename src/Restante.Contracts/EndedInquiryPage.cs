namespace Restante.Contracts;

/// <summary>A page of ended inquiries of one subject.</summary>
public sealed record EndedInquiryPage
{
    /// <summary>The ends in order.</summary>
    public required IReadOnlyList<EndedInquiryView> Items { get; init; }

    /// <summary>What to give as <c>after</c> next.</summary>
    public required long Next { get; init; }

    /// <summary>How many ends after the asked place are no longer kept.</summary>
    public required long Skipped { get; init; }
}
