namespace Restante.Storage.Conformance.Time;

/// <summary>A clock that moves only when told.</summary>
public sealed class HandTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<HandTimer> _timers = [];
    private long _ticks = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HandTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate)
            _timers.Add(timer);
        return timer;
    }

    /// <summary>Moves on in steps of a quarter of a second, and runs what is due at each.</summary>
    public void Advance(TimeSpan by)
    {
        long end = Interlocked.Read(ref _ticks) + by.Ticks;
        while (true)
        {
            long left = end - Interlocked.Read(ref _ticks);
            if (left <= 0)
                return;
            Interlocked.Add(ref _ticks, Math.Min(left, TimeSpan.TicksPerSecond / 4));
            HandTimer[] timers;
            lock (_gate)
                timers = [.. _timers];
            foreach (HandTimer timer in timers)
                timer.RunIfDue(Interlocked.Read(ref _ticks));
        }
    }

    private void Remove(HandTimer timer)
    {
        lock (_gate)
            _timers.Remove(timer);
    }

    private sealed class HandTimer(HandTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _due = long.MaxValue;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Volatile.Write(ref _due, dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time.GetTimestamp() + dueTime.Ticks);
            return true;
        }

        public void RunIfDue(long now)
        {
            if (now < Volatile.Read(ref _due))
                return;
            Volatile.Write(ref _due, _period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? long.MaxValue : now + _period.Ticks);
            callback(state);
        }

        public void Dispose() => time.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
