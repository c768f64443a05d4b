using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>
/// Jobs: one command to each device of an audience. The commands themselves are messages that bear the job's number
/// (<see cref="EnqueueItem.Job"/>); what becomes of them is counted from messages and outcomes.
/// </summary>
public interface IJobStore
{
    /// <summary>The most refusals that are kept of one job; the first ones are.</summary>
    const int MaxRefusals = 1_000;

    /// <summary>
    /// Creates a scheduled job. When as many are kept as may be, the oldest closed one makes room; when as many are kept of its creator as
    /// may be, that one's oldest. It is not created when none is closed.
    /// </summary>
    /// <param name="job">What it is to be.</param>
    /// <param name="maxJobs">How many are kept, of all creators together.</param>
    /// <param name="maxOfCreator">How many are kept of one.</param>
    /// <param name="nowMs">The time.</param>
    ValueTask<CreateJobResult> CreateAsync(NewJob job, int maxJobs, int maxOfCreator, long nowMs);

    /// <summary>What would become of a job of a creator now, see <see cref="CreateAsync"/>; nothing is changed.</summary>
    /// <param name="creator">The policy that would begin it.</param>
    /// <param name="maxJobs">How many are kept, of all creators together.</param>
    /// <param name="maxOfCreator">How many are kept of one.</param>
    ValueTask<CreateJobStatus> FindRoomAsync(string creator, int maxJobs, int maxOfCreator);

    /// <summary>Finds a job; null when there is none.</summary>
    ValueTask<JobRecord?> FindAsync(JobNumber number);

    /// <summary>Lists jobs, the newest first.</summary>
    /// <param name="before">The number to go on before; null to begin.</param>
    /// <param name="max">How many at the most.</param>
    ValueTask<IReadOnlyList<JobRecord>> ListAsync(JobNumber? before, int max);

    /// <summary>The jobs that are not closed, the oldest first.</summary>
    ValueTask<IReadOnlyList<JobRecord>> ListOpenAsync();

    /// <summary>The command of a job; null when there is no such job.</summary>
    ValueTask<byte[]?> ReadContentAsync(JobNumber number);

    /// <summary>
    /// Moves a live job to another state; null when it is not live any more, or there is none. Beginning to run notes the start, everything
    /// else the end.
    /// </summary>
    ValueTask<JobRecord?> MoveAsync(JobNumber number, JobState state, string? reason, long nowMs);

    /// <summary>Moves the cursor of a job and counts, whatever its state; null when there is none.</summary>
    ValueTask<JobRecord?> AdvanceAsync(JobAdvance advance);

    /// <summary>
    /// Counts the outcomes of a job that were not counted yet, each once. When it has ended, or is running and all sent, and no mailbox
    /// holds a command of it any more, it is closed, and a running one completed. Null when there is none.
    /// </summary>
    ValueTask<JobRecord?> TallyAsync(JobNumber number, long nowMs);

    /// <summary>Commands of a job that are still in mailboxes, in order.</summary>
    ValueTask<IReadOnlyList<Sequence>> ListWaitingAsync(JobNumber number, Sequence after, int max);

    /// <summary>The devices to which commands of a job after this one were sent, whether they have ended or not.</summary>
    ValueTask<IReadOnlySet<DeviceId>> ListSentAsync(JobNumber number, Sequence after);

    /// <summary>The refusals that are kept of a job, in the order of device ids.</summary>
    ValueTask<IReadOnlyList<JobRefusal>> ListRefusalsAsync(JobNumber number, DeviceId? after, int max);
}
