namespace Restante.Contracts;

/// <summary>Messages handed to a device.</summary>
public sealed record DeliveryPage
{
    /// <summary>The messages, oldest first; none when there were none within the wait.</summary>
    public required IReadOnlyList<DeliveredMessage> Items { get; init; }
}
