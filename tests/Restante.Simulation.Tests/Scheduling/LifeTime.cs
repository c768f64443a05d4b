namespace Restante.Simulation.Tests.Scheduling;

/// <summary>The clocks of one life: what the wall shows, and how time goes on. Its timers end with it.</summary>
internal sealed class LifeTime(Life life, WallClock clock) : TimeProvider
{
    public override long TimestampFrequency => 1_000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(clock.UnixNowMs);

    public override long GetTimestamp() => life.Timeline.UnixNowMs;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LifeTimer(life, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class LifeTimer(Life life, TimerCallback callback, object? state) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Arm(version, (long)Math.Ceiling(dueTime.TotalMilliseconds), (long)Math.Ceiling(period.TotalMilliseconds));
            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(int version, long delayMs, long periodMs) => life.Timeline.After(delayMs, life, () =>
        {
            if (version != _version)
                return;
            if (periodMs > 0)
                Arm(version, periodMs, periodMs);
            callback(state);
        });
    }
}
