namespace Restante.Contracts;

/// <summary>A page of the history of a device, newest entry first.</summary>
public sealed record HistoryPage
{
    /// <summary>The entries.</summary>
    public required IReadOnlyList<HistoryEntryView> Items { get; init; }

    /// <summary>What to give as <c>before</c> for the next page; absent on the last one.</summary>
    public long? Next { get; init; }
}
