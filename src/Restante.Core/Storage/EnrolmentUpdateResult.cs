using Restante.Core.Enrolment;

namespace Restante.Core.Storage;

/// <summary>What became of a change of an enrolment group.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Group">The group after the call, or as it was when it was removed; null when it was not found.</param>
public readonly record struct EnrolmentUpdateResult(EnrolmentUpdateStatus Status, EnrolmentGroup? Group);

/// <summary>Whether a change of an enrolment group was done.</summary>
public enum EnrolmentUpdateStatus
{
    /// <summary>Done.</summary>
    Updated,

    /// <summary>There is no such group.</summary>
    NotFound,

    /// <summary>The group has another version by now.</summary>
    VersionMismatch,
}
