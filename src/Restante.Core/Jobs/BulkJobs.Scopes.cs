using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Jobs;

/// <content>What services look at and cancel: a policy with an audience has the jobs that it created, those of others are like
/// none.</content>
public sealed partial class BulkJobs
{
    /// <summary>How a job stands, for a service; see <see cref="FindAsync(JobNumber)"/>.</summary>
    public async ValueTask<Result<JobRecord>> FindAsync(ServicePrincipal by, JobNumber number)
    {
        Result<JobRecord> found = await FindAsync(number);
        return found.IsSuccess && !IsOf(by, found.Value) ? NotFound(number) : found;
    }

    /// <summary>Cancels a job, for a service; see <see cref="CancelAsync(JobNumber, string)"/>.</summary>
    public async ValueTask<Result<JobRecord>> CancelAsync(ServicePrincipal by, JobNumber number)
    {
        if (!by.ReachesAll && await FindAsync(by, number) is { IsSuccess: false } none)
            return none.Refusal;
        return await CancelAsync(number, by.Name);
    }

    /// <summary>Lists jobs, for a service; see <see cref="ListAsync(JobNumber?, int)"/>.</summary>
    public async ValueTask<Result<IReadOnlyList<JobRecord>>> ListAsync(ServicePrincipal by, JobNumber? before, int max)
    {
        Result<IReadOnlyList<JobRecord>> page = await ListAsync(before, max);
        if (by.ReachesAll || !page.IsSuccess)
            return page;
        var own = new List<JobRecord>();
        while (page.IsSuccess)
        {
            foreach (JobRecord job in page.Value.Where(j => IsOf(by, j)))
            {
                own.Add(job);
                if (own.Count == max)
                    return own;
            }

            if (page.Value.Count < max)
                return own;
            page = await ListAsync(page.Value[^1].Number, max);
        }

        return page.Refusal;
    }

    /// <summary>
    /// The devices that the command was refused for, for a service: those that it reaches now, and those that are no more. See
    /// <see cref="ListRefusalsAsync(JobNumber, DeviceId?, int)"/>.
    /// </summary>
    public async ValueTask<Result<IReadOnlyList<JobRefusal>>> ListRefusalsAsync(
        ServicePrincipal by, JobNumber number, DeviceId? after, int max)
    {
        Result<IReadOnlyList<JobRefusal>> page = await ListRefusalsAsync(number, after, max);
        if (by.ReachesAll || !page.IsSuccess)
            return page;
        try
        {
            ScopedReading reading = _scopes.Reading(by);
            var seen = new List<JobRefusal>();
            while (page.IsSuccess)
            {
                foreach (JobRefusal refusal in page.Value)
                {
                    if (await reading.SeesAsync(refusal))
                        seen.Add(refusal);
                    if (seen.Count == max)
                        return seen;
                }

                if (page.Value.Count < max)
                    return seen;
                page = await ListRefusalsAsync(number, page.Value[^1].Device, max);
            }

            return page.Refusal;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private static bool IsOf(ServicePrincipal by, JobRecord job) => by.ReachesAll || job.Creator == by.Name;
}
