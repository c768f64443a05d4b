namespace Restante.Heads.Amqp.Messages;

/// <summary>What the gateway adds to the properties of a message that it sends on.</summary>
internal readonly record struct Stamps
{
    public Stamps()
    {
    }

    /// <summary>The message-id, unless the sender gave one.</summary>
    public required string MessageId { get; init; }

    /// <summary>The expiry, in place of the sender's; <see cref="long.MaxValue"/> for none.</summary>
    public long ExpiresAtMs { get; init; } = long.MaxValue;

    /// <summary>The correlation-id, in place of the sender's; null to keep that.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Where to answer to, in place of what the sender wrote; null to keep that.</summary>
    public string? ReplyTo { get; init; }
}
