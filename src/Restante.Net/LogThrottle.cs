using System.Collections.Concurrent;

namespace Restante.Net;

/// <summary>
/// Lets one log message per cause through in an interval and counts the others, so that hostile peers cannot fill the disk.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">How long no other message of a cause is let through.</param>
public sealed class LogThrottle(TimeProvider time, TimeSpan interval)
{
    private readonly ConcurrentDictionary<string, Cause> _causes = new();

    /// <summary>
    /// True if the message may be written; <paramref name="suppressed"/> tells how many were not since the last one. Causes come from a
    /// closed set.
    /// </summary>
    public bool Allows(string cause, out long suppressed)
    {
        Cause entry = _causes.GetOrAdd(cause, static _ => new Cause());
        lock (entry)
        {
            if (entry.Written is long written && time.GetElapsedTime(written) < interval)
            {
                entry.Suppressed++;
                suppressed = 0;
                return false;
            }
            entry.Written = time.GetTimestamp();
            suppressed = entry.Suppressed;
            entry.Suppressed = 0;
            return true;
        }
    }

    private sealed class Cause
    {
        public long? Written { get; set; }

        public long Suppressed { get; set; }
    }
}
