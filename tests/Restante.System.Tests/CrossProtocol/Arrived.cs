namespace Restante.System.Tests.CrossProtocol;

/// <summary>A message as a device was handed it, in words that all protocols share.</summary>
internal sealed record Arrived
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>command</c>, <c>notification</c> or <c>answer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The sender's own id of it.</summary>
    public required string? MessageId { get; init; }

    /// <summary>Its body.</summary>
    public required string Body { get; init; }

    /// <summary>The media type of the body.</summary>
    public required string? ContentType { get; init; }

    /// <summary>What it belongs to.</summary>
    public required string? CorrelationId { get; init; }

    /// <summary>What it is about.</summary>
    public required string? Subject { get; init; }

    /// <summary>The properties of the application, as text.</summary>
    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary>How often it has been handed out, this time included.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>When it expires, in milliseconds since 1970, on protocols that tell the instant.</summary>
    public long? ExpiresAtMs { get; init; }

    /// <summary>The seconds it has left, on protocols that tell those.</summary>
    public long? SecondsLeft { get; init; }

    /// <summary>The properties with their types, on AMQP.</summary>
    public IReadOnlyDictionary<string, object?>? Typed { get; init; }

    /// <summary>Settles it: <c>accept</c>, <c>reject</c>, <c>release</c>.</summary>
    public required Func<string, Task> SettleAsync { get; init; }
}
