namespace Restante.Core.Streams;

/// <summary>Names an append-only stream: a telemetry partition, or the events of the gateway.</summary>
public readonly record struct StreamId
{
    private StreamId(int value) => Value = value;

    /// <summary>The partition number, or -1 for the events.</summary>
    public int Value { get; }

    /// <summary>The device and session events.</summary>
    public static StreamId Events { get; } = new(-1);

    /// <summary>The one stream of the audit log, which is a log of its own: <see cref="Storage.IGatewayStore.Audit"/>.</summary>
    public static StreamId Audit { get; } = new(0);

    /// <summary>True for the events.</summary>
    public bool IsEvents => Value < 0;

    /// <summary>A telemetry partition, counted from 0.</summary>
    public static StreamId Telemetry(int partition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        return new(partition);
    }

    /// <inheritdoc/>
    public override string ToString() => IsEvents ? "events" : Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
