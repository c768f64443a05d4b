namespace Restante.Contracts;

/// <summary>A page of devices in the order of their ids.</summary>
public sealed record DevicePage
{
    /// <summary>The devices.</summary>
    public required IReadOnlyList<DeviceView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
