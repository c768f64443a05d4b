namespace Restante.Core.Storage;

/// <summary>What became of one report.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Number">Its place among the reports on its command; 0 unless it is there.</param>
/// <param name="Last">The place of the newest report on that command, this one included; 0 before the first.</param>
/// <param name="DeadlineMs">From when on no report on that command is taken; <see cref="long.MaxValue"/> while that is not known.</param>
/// <param name="FeedNumber">Its place in the feed of all reports; 0 unless it was stored now.</param>
public readonly record struct ReportResult(ReportStatus Status, int Number, int Last, long DeadlineMs, long FeedNumber = 0);

/// <summary>Whether a report was taken.</summary>
public enum ReportStatus
{
    /// <summary>It is there, durably.</summary>
    Stored,

    /// <summary>There was a report with that number; nothing was changed.</summary>
    Duplicate,

    /// <summary>There is no such command of that device, or it is kept no more.</summary>
    NotOwn,

    /// <summary>The final report has been sent.</summary>
    AfterFinal,

    /// <summary>The time for reports on this command is over.</summary>
    PastDeadline,

    /// <summary>There are as many reports on this command as are allowed.</summary>
    TooMany,

    /// <summary>The reports of this device that are kept leave no room for it.</summary>
    TooManyBytes,

    /// <summary>The reports before it are missing.</summary>
    Gap,
}
