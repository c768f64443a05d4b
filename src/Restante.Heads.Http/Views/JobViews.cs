using Restante.Contracts;
using Restante.Core.Jobs;

namespace Restante.Heads.Http.Views;

/// <summary>Jobs as the interface shows them.</summary>
internal static class JobViews
{
    public static JobView Of(JobRecord job) => new()
    {
        Id = job.Number.ToString(),
        Audience = job.Audience,
        Creator = job.Creator,
        State = job.State.ToString().ToLowerInvariant(),
        Reason = job.Reason,
        CreatedAt = Times.Of(job.CreatedAtMs),
        StartAt = job.Terms.StartAtMs == 0 ? null : Times.Of(job.Terms.StartAtMs),
        StartedAt = job.StartedAtMs == 0 ? null : Times.Of(job.StartedAtMs),
        EndedAt = job.EndedAtMs == 0 ? null : Times.Of(job.EndedAtMs),
        RatePerSecond = job.Terms.RatePerSecond,
        Expected = job.Expected,
        IsSent = job.IsSent,
        IsClosed = job.IsClosed,
        Progress = new JobProgress
        {
            Sent = job.Counts.Sent,
            Refused = job.Counts.Refused,
            Accepted = job.Counts.Accepted,
            Rejected = job.Counts.Rejected,
            Expired = job.Counts.Expired,
            Undeliverable = job.Counts.Undeliverable,
            Cancelled = job.Counts.Cancelled,
            DeviceRemoved = job.Counts.DeviceRemoved,
            Open = job.Counts.Open,
        },
    };
}
