namespace Restante.Core.Streams;

/// <summary>One record as read from a stream.</summary>
public sealed record StreamRecord
{
    /// <summary>Counts the records of its stream, from 1, without gaps.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>Where it stands in the log; grows along a stream; opaque otherwise.</summary>
    public required long Offset { get; init; }

    /// <summary>When the gateway accepted it, in milliseconds since the Unix epoch; never falls along a stream.</summary>
    public required long EnqueuedAtMs { get; init; }

    /// <summary>The authenticated device id that sent it (telemetry) or that it is about (events).</summary>
    public required string Source { get; init; }

    /// <summary>The telemetry channel or the event's name.</summary>
    public string? Channel { get; init; }

    /// <summary>The message content, see <see cref="Messages.MessageContent"/>.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}
