using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Selection;

namespace Restante.Core.Jobs;

/// <summary>What the runner knows of a job while it works on it: how much may be sent now, and what it would else read again.</summary>
internal sealed class JobPace(JobRecord job, TimeProvider time)
{
    private readonly int _rate = job.Terms.RatePerSecond;
    private double _allowed = 1;
    private long _lastAt = time.GetTimestamp();

    public AudienceQuery? Audience { get; set; }

    public byte[]? Content { get; set; }

    /// <summary>
    /// The devices after the cursor to which it was sent already; null when that is to be found out: after a start, and after a failure
    /// of the store.
    /// </summary>
    public IReadOnlySet<DeviceId>? Known { get; set; }

    /// <summary>How far the commands that are taken back have been gone through.</summary>
    public Sequence TakenBackTo { get; set; }

    /// <summary>The job as it was told last.</summary>
    public JobRecord Told { get; set; } = job;

    /// <summary>How many may be sent now. What was not used is kept for a second.</summary>
    public int Allowed
    {
        get
        {
            long now = time.GetTimestamp();
            _allowed = Math.Min(Math.Max(_rate, 1), _allowed + (time.GetElapsedTime(_lastAt, now).TotalSeconds * _rate));
            _lastAt = now;
            return (int)_allowed;
        }
    }

    public void Spend(int count) => _allowed -= count;
}
