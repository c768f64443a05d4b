namespace Restante.Net;

/// <summary>Limits of one connection. Validated when a listener or a client connection is made.</summary>
public sealed record ConnectionLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static ConnectionLimits Default { get; } = new();

    /// <summary>
    /// Bytes written and not yet taken by the kernel. 4 KiB to 1 GiB, default 1 MiB. Beyond it the connection ends: the peer stopped
    /// reading.
    /// </summary>
    public int MaxPendingOutputBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// At or below this many pending bytes <see cref="IConnectionSession.OutputReady"/> is called. Default 64 KiB; less than the cap.
    /// </summary>
    public int ResumeOutputBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes kept of an incomplete frame. 1 KiB to 1 GiB, default 1 MiB. A guard: sessions check frame sizes themselves.</summary>
    public int MaxInputBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// Posted actions waiting. 16 to 1,000,000, default 4,096. Beyond it the connection ends, so that nothing is dropped silently.
    /// </summary>
    public int MaxPosts { get; init; } = 4096;

    /// <summary>Longest time for one write to be taken by the kernel. 100 ms to 1 hour, default 30 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time from closing to the end: flush, TLS close, the peer's own close. 100 ms to 1 hour, default 5 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        ListenerOptions.Require(MaxPendingOutputBytes is >= 4096 and <= 1 << 30, nameof(MaxPendingOutputBytes), "4 KiB to 1 GiB");
        ListenerOptions.Require(
            ResumeOutputBytes >= 0 && ResumeOutputBytes < MaxPendingOutputBytes, nameof(ResumeOutputBytes),
            "0 to less than MaxPendingOutputBytes");
        ListenerOptions.Require(MaxInputBytes is >= 1024 and <= 1 << 30, nameof(MaxInputBytes), "1 KiB to 1 GiB");
        ListenerOptions.Require(MaxPosts is >= 16 and <= 1_000_000, nameof(MaxPosts), "16 to 1,000,000");
        ListenerOptions.RequireTime(WriteTimeout, nameof(WriteTimeout));
        ListenerOptions.RequireTime(CloseTimeout, nameof(CloseTimeout));
    }
}
