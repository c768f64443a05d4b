namespace Restante.Net.Timing;

/// <summary>
/// The one clock of the connections of a process. A hierarchical timing wheel with a step of 250 ms: arming and disarming take constant
/// time, a step touches only what is due, whatever the number of armed deadlines.
/// </summary>
public sealed class Heartbeat : IDisposable
{
    /// <summary>Length of a step in milliseconds: a deadline is met at most this late, and never early.</summary>
    public const int StepMs = 250;

    private const int BucketBits = 8;
    private const int BucketsPerLevel = 1 << BucketBits;
    private const int Levels = 4;
    private const int DueBucket = Levels * BucketsPerLevel;

    private readonly TimeProvider _timeProvider;
    private readonly long _origin;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // The last bucket holds what is due and not yet told.
    private readonly ITimed?[] _buckets = new ITimed?[(Levels * BucketsPerLevel) + 1];
    private long _step;
    private int _armed;
    private bool _stepping;

    internal Heartbeat(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _origin = timeProvider.GetTimestamp();
        using (ExecutionContext.SuppressFlow())
            _timer = timeProvider.CreateTimer(
                static state => ((Heartbeat)state!).Beat(), this, TimeSpan.FromMilliseconds(StepMs), TimeSpan.FromMilliseconds(StepMs));
    }

    /// <summary>Milliseconds since the heartbeat was made; monotonic, untouched by changes of the wall clock.</summary>
    public long NowMs => (long)_timeProvider.GetElapsedTime(_origin).TotalMilliseconds;

    /// <summary>Deadlines armed now.</summary>
    public int Armed => Volatile.Read(ref _armed);

    /// <summary>Stops the steps. Armed deadlines are never met.</summary>
    public void Dispose() => _timer.Dispose();

    /// <summary>Arms, or moves, the deadline of <paramref name="timed"/>. <see cref="long.MaxValue"/> disarms.</summary>
    internal void Arm(ITimed timed, long deadlineMs)
    {
        lock (_lock)
        {
            if (timed.Link.Bucket != 0)
            {
                if (timed.Link.DeadlineMs == deadlineMs)
                    return;
                Unlink(timed);
            }
            if (deadlineMs == long.MaxValue)
                return;
            timed.Link.DeadlineMs = deadlineMs;
            Insert(timed, _step, _step + 1);
            _armed++;
        }
    }

    /// <summary>Advances the wheel to now and meets what is due. Called by the timer; a call during a call returns at once.</summary>
    internal void Beat()
    {
        long nowMs = NowMs;
        lock (_lock)
        {
            if (_stepping)
                return;
            _stepping = true;
            Advance(nowMs / StepMs);
        }
        try
        {
            while (TakeDue() is { } due)
                due.DeadlinePassed(nowMs);
        }
        finally
        {
            lock (_lock)
                _stepping = false;
        }
    }

    private ITimed? TakeDue()
    {
        lock (_lock)
        {
            ITimed? due = _buckets[DueBucket];
            if (due is not null)
                Unlink(due);
            return due;
        }
    }

    private void Advance(long targetStep)
    {
        if (_armed == 0)
            _step = Math.Max(_step, targetStep);
        while (_step < targetStep)
        {
            long step = _step + 1;
            for (int level = Levels - 1; level > 0; level--)
            {
                if ((step & ((1L << (level * BucketBits)) - 1)) == 0)
                    Cascade(level, step);
            }
            MoveToDue((int)(step & (BucketsPerLevel - 1)));
            _step = step;
        }
    }

    /// <summary>Spreads the bucket of a coarse level, whose span begins at this step, over the finer ones.</summary>
    private void Cascade(int level, long step)
    {
        int bucket = BucketOf(level, step);
        ITimed? timed = _buckets[bucket];
        _buckets[bucket] = null;
        while (timed is not null)
        {
            ITimed? next = timed.Link.Next;
            Insert(timed, step, step);
            timed = next;
        }
    }

    private void MoveToDue(int bucket)
    {
        ITimed? timed = _buckets[bucket];
        _buckets[bucket] = null;
        while (timed is not null)
        {
            ITimed? next = timed.Link.Next;
            Link(timed, DueBucket);
            timed = next;
        }
    }

    private void Insert(ITimed timed, long baseStep, long earliestStep)
    {
        long deadlineStep = (timed.Link.DeadlineMs / StepMs) + (timed.Link.DeadlineMs % StepMs > 0 ? 1 : 0);
        long furthestStep = baseStep + (1L << (Levels * BucketBits)) - 1;
        deadlineStep = Math.Clamp(deadlineStep, earliestStep, furthestStep);
        long distance = deadlineStep - baseStep;
        int level = 0;
        while (distance >= 1L << ((level + 1) * BucketBits))
            level++;
        Link(timed, BucketOf(level, deadlineStep));
    }

    private static int BucketOf(int level, long step) =>
        (level * BucketsPerLevel) + (int)((step >> (level * BucketBits)) & (BucketsPerLevel - 1));

    private void Link(ITimed timed, int bucket)
    {
        ref HeartbeatLink link = ref timed.Link;
        ITimed? head = _buckets[bucket];
        link.Previous = null;
        link.Next = head;
        link.Bucket = bucket + 1;
        if (head is not null)
            head.Link.Previous = timed;
        _buckets[bucket] = timed;
    }

    private void Unlink(ITimed timed)
    {
        ref HeartbeatLink link = ref timed.Link;
        if (link.Previous is null)
            _buckets[link.Bucket - 1] = link.Next;
        else
            link.Previous.Link.Next = link.Next;
        if (link.Next is not null)
            link.Next.Link.Previous = link.Previous;
        link.Previous = link.Next = null;
        link.Bucket = 0;
        _armed--;
    }
}
