using System.Collections.Concurrent;

namespace Restante.Net;

/// <summary>
/// Lets one log message per cause through in ten seconds and counts the others, so that hostile peers cannot fill the disk.
/// </summary>
internal sealed class LogThrottle
{
    private const long IntervalMs = 10_000;

    private readonly ConcurrentDictionary<string, Cause> _causes = new();

    /// <summary>
    /// True if the message may be written; <paramref name="suppressed"/> tells how many were not since the last one. Causes come from a
    /// closed set.
    /// </summary>
    public bool Allows(string cause, long nowMs, out long suppressed)
    {
        Cause entry = _causes.GetOrAdd(cause, static _ => new Cause());
        lock (entry)
        {
            if (nowMs < entry.NextMs)
            {
                entry.Suppressed++;
                suppressed = 0;
                return false;
            }
            entry.NextMs = nowMs + IntervalMs;
            suppressed = entry.Suppressed;
            entry.Suppressed = 0;
            return true;
        }
    }

    private sealed class Cause
    {
        public long NextMs { get; set; } = long.MinValue;

        public long Suppressed { get; set; }
    }
}
