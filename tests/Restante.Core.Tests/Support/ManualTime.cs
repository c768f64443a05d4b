namespace Restante.Core.Tests.Support;

/// <summary>
/// A clock that stands still until the test moves it; timers fire within <see cref="Advance"/>, in the order they are due.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly DateTimeOffset _start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _timersMade;
    private long _elapsedMs;
    private long _stepMs;

    public long NowMs => GetUtcNow().ToUnixTimeMilliseconds();

    public override long TimestampFrequency => 1_000;

    public override long GetTimestamp() => Interlocked.Read(ref _elapsedMs);

    public override DateTimeOffset GetUtcNow() => _start.AddMilliseconds(Interlocked.Read(ref _elapsedMs) + Interlocked.Read(ref _stepMs));

    /// <summary>Sets the wall clock, but not the monotonic one, forward or back.</summary>
    public void Step(long ms) => Interlocked.Add(ref _stepMs, ms);

    public void Advance(long ms)
    {
        long target = GetTimestamp() + ms;
        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = _timers.Where(t => t.DueMs <= target).MinBy(t => t.DueMs);
                Interlocked.Exchange(ref _elapsedMs, due is null ? target : Math.Max(due.DueMs, _elapsedMs));
                due?.Rearm();
            }

            if (due is null)
                return;
            due.Fire();
        }
    }

    /// <summary>Ends when so many timers have been made since the start: whoever makes them is waiting then.</summary>
    public async Task TimersMadeAsync(int count)
    {
        while (true)
        {
            Task made;
            lock (_gate)
            {
                if (_timersMade >= count)
                    return;
                made = _made.Task;
            }

            await made.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        TaskCompletionSource made;
        lock (_gate)
        {
            _timers.Add(timer);
            timer.Change(dueTime, period);
            _timersMade++;
            made = _made;
            _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        made.TrySetResult();
        return timer;
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        private long _periodMs = -1;

        public long DueMs { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                DueMs = dueTime < TimeSpan.Zero ? long.MaxValue : owner.GetTimestamp() + (long)dueTime.TotalMilliseconds;
                _periodMs = period < TimeSpan.Zero ? -1 : (long)period.TotalMilliseconds;
                return true;
            }
        }

        public void Rearm() => DueMs = _periodMs > 0 ? owner.GetTimestamp() + _periodMs : long.MaxValue;

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (owner._gate)
                owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
