using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What a job has done since its cursor was moved last.</summary>
/// <param name="Number">The job.</param>
/// <param name="Cursor">The last device that was dealt with, or looked at; null when there was none.</param>
/// <param name="LastSequence">The newest command that was sent; 0 when there was none.</param>
/// <param name="Sent">To how many devices it was sent.</param>
/// <param name="Refusals">For which it was refused.</param>
/// <param name="IsSent">True when there are no more devices.</param>
public sealed record JobAdvance(
    JobNumber Number, DeviceId? Cursor, Sequence LastSequence, int Sent, IReadOnlyList<JobRefusal> Refusals, bool IsSent);
