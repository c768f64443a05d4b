namespace Restante.Amqp.Types;

/// <summary>An absolute point in time. [AMQP 1.6.17]</summary>
/// <param name="UnixMilliseconds">Milliseconds since 1970-01-01T00:00:00Z; any 64-bit value occurs on the wire.</param>
public readonly record struct AmqpTimestamp(long UnixMilliseconds)
{
    public static AmqpTimestamp From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    /// <summary>The same point as a <see cref="DateTimeOffset"/>, clamped to the years 1 to 9999.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(
        Math.Clamp(UnixMilliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
