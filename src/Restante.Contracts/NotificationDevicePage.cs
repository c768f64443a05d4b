namespace Restante.Contracts;

/// <summary>A page of the devices that have settled a notification.</summary>
public sealed record NotificationDevicePage
{
    /// <summary>The devices.</summary>
    public required IReadOnlyList<NotificationDeviceView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public long? Next { get; init; }
}
