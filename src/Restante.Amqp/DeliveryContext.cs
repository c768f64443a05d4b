namespace Restante.Amqp;

/// <summary>What the owner wants back with the disposition of a delivery it sent. The engine does not look at it.</summary>
public readonly record struct DeliveryContext(object? Reference, long Number);
