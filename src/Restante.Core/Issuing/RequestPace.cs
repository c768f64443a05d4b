using Restante.Core.Devices;
using Restante.Core.Refusals;

namespace Restante.Core.Issuing;

/// <summary>
/// How often devices may ask about their credentials: one of them by the hour, all together by the second. Who has been quiet may use an
/// hour's worth at once. As all together are bounded, so is the number of devices that are counted. Safe for several threads.
/// </summary>
internal sealed class RequestPace(IssuerOptions options, TimeProvider time)
{
    private const double HourMs = 3_600_000;
    private const double SecondMs = 1_000;

    // When each has as much to use again as if it had never asked.
    private readonly Dictionary<DeviceNumber, double> _fullAtMs = [];
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private double _allFullAtMs;

    /// <summary>Devices that are counted at present.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _fullAtMs.Count;
        }
    }

    private double NowMs => time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Counts a request; null when it may be made. Refusals: throttled, and it is not counted then.</summary>
    public Refusal? Take(DeviceNumber device)
    {
        lock (_gate)
        {
            double now = NowMs;
            double own = Math.Max(_fullAtMs.GetValueOrDefault(device), now) + (HourMs / options.MaxRequestsPerDevicePerHour);
            double all = Math.Max(_allFullAtMs, now) + (SecondMs / options.MaxRequestsPerSecond);
            if (Over(own - now, HourMs) is long ownWait)
                return Throttled(
                    $"A device asks about its credentials at most {options.MaxRequestsPerDevicePerHour} times an hour.", ownWait);
            if (Over(all - now, SecondMs) is long wait)
                return Throttled($"Devices ask about their credentials at most {options.MaxRequestsPerSecond} times a second.", wait);
            _fullAtMs[device] = own;
            _allFullAtMs = all;
            return null;
        }
    }

    /// <summary>Forgets devices that have been quiet.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            double now = NowMs;
            foreach ((DeviceNumber device, double fullAt) in _fullAtMs)
            {
                if (fullAt <= now)
                    _fullAtMs.Remove(device); // Which a dictionary allows while it is walked.
            }
        }
    }

    // The sums are not exact to the last bit.
    private static long? Over(double used, double allowed) => used - allowed > 0.01 ? (long)Math.Ceiling(used - allowed) : null;

    private static Refusal Throttled(string message, long waitMs) => new(RefusalKind.Throttled, message) { RetryAfterMs = waitMs };
}
