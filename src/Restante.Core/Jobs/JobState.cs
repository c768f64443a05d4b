namespace Restante.Core.Jobs;

/// <summary>Where a job is. The numbers are kept in stores.</summary>
public enum JobState
{
    /// <summary>It waits for its start.</summary>
    Scheduled = 0,

    /// <summary>Its commands are being sent, or have not all ended.</summary>
    Running = 1,

    /// <summary>All its commands were sent and have ended.</summary>
    Completed = 2,

    /// <summary>Too many had failed: nothing more is sent, and what no device has in hand is taken back.</summary>
    Aborted = 3,

    /// <summary>Somebody cancelled it: nothing more is sent, and what no device has in hand is taken back.</summary>
    Cancelled = 4,
}
