namespace Restante.Contracts;

/// <summary>A record of a telemetry partition, or an event.</summary>
public sealed record StreamRecordView : MessageParts
{
    /// <summary>The telemetry partition; absent for events.</summary>
    public int? Partition { get; init; }

    /// <summary>Its place: counts the records of its stream from 1, without gaps.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>Where it stands in the log; grows along a stream.</summary>
    public required string Offset { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>The authenticated device that sent it, or that the event is about.</summary>
    public required string Device { get; init; }

    /// <summary>The telemetry channel, or the name of the event.</summary>
    public string? Channel { get; init; }
}
