using Restante.Core.Devices;
using Restante.Core.Enrolment;

namespace Restante.Core.Storage;

/// <summary>Enrolment groups, their claims, and the ledger of ids that were enrolled.</summary>
public interface IEnrolmentStore
{
    /// <summary>Adds a group and gives it a number; null when the name is taken.</summary>
    ValueTask<EnrolmentGroup?> AddGroupAsync(EnrolmentGroup group);

    /// <summary>Finds a group by name; null when there is none.</summary>
    ValueTask<EnrolmentGroup?> FindGroupAsync(string name);

    /// <summary>All groups in the ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<EnrolmentGroup>> ListGroupsAsync();

    /// <summary>Changes a group and counts its version.</summary>
    ValueTask<EnrolmentUpdateResult> UpdateGroupAsync(string name, EnrolmentUpdate update, long nowMs);

    /// <summary>Removes a group with its claims. The ledger stays. Says what became of it, as for a change.</summary>
    ValueTask<EnrolmentUpdateResult> RemoveGroupAsync(string name, long? ifVersion);

    /// <summary>Adds claims to a group, all or none.</summary>
    /// <param name="claims">At least one, all of one group; their numbers are given here.</param>
    /// <param name="maxOpen">How many claims of the group may wait to be used.</param>
    ValueTask<ClaimsResult> AddClaimsAsync(IReadOnlyList<EnrolmentClaim> claims, long maxOpen);

    /// <summary>Finds a claim that waits to be used, whether or not it has ended; null when there is none.</summary>
    ValueTask<EnrolmentClaim?> FindClaimAsync(ClaimHash hash);

    /// <summary>The claims of a group that wait to be used, in the order of their numbers.</summary>
    /// <param name="group">The group.</param>
    /// <param name="after">The number to go on after; 0 to begin.</param>
    /// <param name="max">How many at the most, 1 to 1,000.</param>
    ValueTask<IReadOnlyList<EnrolmentClaim>> ListClaimsAsync(EnrolmentNumber group, ClaimNumber after, int max);

    /// <summary>Removes a claim of a group that waits to be used; false when there is none.</summary>
    ValueTask<bool> RemoveClaimAsync(EnrolmentNumber group, ClaimNumber claim);

    /// <summary>
    /// Creates a device that has proved to belong to a group. The device, its desired state, its entry in the ledger and the use of its
    /// claim are one transaction; anything but <see cref="EnrolmentStatus.Enrolled"/> has changed nothing.
    /// </summary>
    ValueTask<EnrolmentResult> EnrolAsync(EnrolmentRequest request, long nowMs);

    /// <summary>Finds an entry of the ledger; null when there is none.</summary>
    ValueTask<EnrolledDevice?> FindEnrolledAsync(DeviceId id);

    /// <summary>The ledger in the ordinal order of the ids.</summary>
    /// <param name="group">Entries of the groups of this name; null for all.</param>
    /// <param name="after">The id to go on after; null to begin.</param>
    /// <param name="max">How many at the most, 1 to 1,000.</param>
    ValueTask<IReadOnlyList<EnrolledDevice>> ListEnrolledAsync(string? group, DeviceId? after, int max);

    /// <summary>Takes an id out of the ledger, unless there is a device of it.</summary>
    ValueTask<ReleaseStatus> ReleaseAsync(DeviceId id);

    /// <summary>Drops claims that have ended.</summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="maxItems">How many at the most.</param>
    /// <returns>How many were dropped.</returns>
    ValueTask<int> SweepAsync(long nowMs, int maxItems);
}
