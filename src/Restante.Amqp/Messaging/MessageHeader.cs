namespace Restante.Amqp.Messaging;

/// <summary>The transport header of a message. [AMQP 3.2.1]</summary>
public readonly record struct MessageHeader
{
    public const byte DefaultPriority = 4;

    private readonly byte? _priority;

    public MessageHeader()
    {
    }

    public bool Durable { get; init; }

    /// <summary>0 to 255, higher first; 4 if nobody said.</summary>
    public byte Priority
    {
        get => _priority ?? DefaultPriority;
        init => _priority = value;
    }

    /// <summary>Time to live in milliseconds from when it arrives, or null for ever.</summary>
    public uint? TtlMs { get; init; }

    public bool FirstAcquirer { get; init; }

    /// <summary>Earlier attempts that failed.</summary>
    public uint DeliveryCount { get; init; }
}
