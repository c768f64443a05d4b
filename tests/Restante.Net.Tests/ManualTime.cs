namespace Restante.Net.Tests;

/// <summary>A clock that goes only when told. Its timers fire on the thread that advances it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _nowMs;

    public override long TimestampFrequency => 1000;

    public int TimerCount
    {
        get
        {
            lock (_lock)
                return _timers.Count;
        }
    }

    public override long GetTimestamp() => Interlocked.Read(ref _nowMs);

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan time) => Advance((long)time.TotalMilliseconds);

    public void Advance(long ms)
    {
        long end = GetTimestamp() + ms;
        while (true)
        {
            ManualTimer? next;
            lock (_lock)
                next = _timers.Where(timer => timer.DueMs <= end).MinBy(static timer => timer.DueMs);
            if (next is null)
                break;
            Interlocked.Exchange(ref _nowMs, Math.Max(next.DueMs, GetTimestamp()));
            next.Fire();
        }
        Interlocked.Exchange(ref _nowMs, end);
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long DueMs { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                DueMs = owner.GetTimestamp() + (long)dueTime.TotalMilliseconds;
                owner._timers.Add(this);
                return true;
            }
        }

        public void Fire()
        {
            lock (owner._lock)
            {
                if (_period > TimeSpan.Zero)
                    DueMs += (long)_period.TotalMilliseconds;
                else
                    owner._timers.Remove(this);
            }
            callback(state);
        }

        public void Dispose()
        {
            lock (owner._lock)
                owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
