using Restante.Core.Enrolment;

namespace Restante.Core.Storage;

/// <summary>What became of new claims.</summary>
/// <param name="Status">Whether they were added.</param>
/// <param name="Claims">The claims with their numbers; empty unless they were added.</param>
public readonly record struct ClaimsResult(ClaimsStatus Status, IReadOnlyList<EnrolmentClaim> Claims);

/// <summary>Whether claims were added.</summary>
public enum ClaimsStatus
{
    /// <summary>Added.</summary>
    Added,

    /// <summary>There is no such group any more.</summary>
    NotFound,

    /// <summary>More claims of the group would wait than may.</summary>
    Full,
}
