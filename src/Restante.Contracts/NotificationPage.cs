namespace Restante.Contracts;

/// <summary>A page of notifications in the order of sending, without their bodies.</summary>
public sealed record NotificationPage
{
    /// <summary>The notifications.</summary>
    public required IReadOnlyList<NotificationView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
