namespace Restante.Contracts;

/// <summary>How a notification ended for one device.</summary>
public sealed record NotificationDeviceView
{
    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary><c>accepted</c>, <c>rejected</c> or <c>undeliverable</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>What the device said.</summary>
    public string? Reason { get; init; }

    /// <summary>How often it was handed out to it.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }
}
