namespace Restante.System.Tests.CrossProtocol;

/// <summary>A message as a device was handed it, in words that all protocols share.</summary>
internal sealed record Arrived
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>command</c>, <c>notification</c> or <c>answer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What the sender put into it.</summary>
    public required Letter Letter { get; init; }

    /// <summary>The properties of the application, as text.</summary>
    public IReadOnlyDictionary<string, string> Properties =>
        Letter.Properties.ToDictionary(static p => p.Key, static p => Letter.TextOf(p.Value));

    /// <summary>How often it has been handed out, this time included.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>When it expires, in milliseconds since 1970, on protocols that tell the instant.</summary>
    public long? ExpiresAtMs { get; init; }

    /// <summary>The seconds it has left, on protocols that tell those.</summary>
    public long? SecondsLeft { get; init; }

    /// <summary>Settles it: <c>accept</c>, <c>reject</c>, <c>release</c>; or holds it longer: <c>renew</c>.</summary>
    public required Func<string, Task> SettleAsync { get; init; }
}
