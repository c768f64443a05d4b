namespace Restante.Heads.Http.Tests.Hosting;

/// <summary>A clock that stands still until it is moved, with timers that run as it is.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _set;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and runs what is due.</summary>
    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _now += by;
            due = _timers.FindAll(t => t.Due <= _now);
            _timers.RemoveAll(due.Contains);
        }

        foreach (ManualTimer timer in due)
            timer.Run();
    }

    /// <summary>Ends when a timer of about that length waits: somebody has begun to wait.</summary>
    public async Task WhenWaitingAsync(TimeSpan length)
    {
        while (true)
        {
            Task armed;
            lock (_gate)
            {
                if (_timers.Exists(t => t.Length == length))
                    return;
                armed = _armed.Task;
            }

            await armed.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    /// <summary>Ends when timers have been set so often since the beginning.</summary>
    public async Task WhenArmedAsync(int times)
    {
        while (true)
        {
            Task armed;
            lock (_gate)
            {
                if (_set >= times)
                    return;
                armed = _armed.Task;
            }

            await armed.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public TimeSpan Length { get; private set; }

        public void Run() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            TaskCompletionSource? armed = null;
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Length = dueTime;
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                    time._set++;
                    armed = time._armed;
                    time._armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }

            armed?.TrySetResult();
            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
