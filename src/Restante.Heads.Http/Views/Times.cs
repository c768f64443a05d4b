namespace Restante.Heads.Http.Views;

/// <summary>The core's milliseconds as times.</summary>
internal static class Times
{
    private static readonly long s_latestMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly long s_earliestMs = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    public static DateTimeOffset Of(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, s_earliestMs, s_latestMs));

    /// <summary>Null for never.</summary>
    public static DateTimeOffset? OrNever(long ms) => ms == long.MaxValue ? null : Of(ms);

    public static DateTimeOffset? Of(long? ms) => ms is long value ? Of(value) : null;
}
