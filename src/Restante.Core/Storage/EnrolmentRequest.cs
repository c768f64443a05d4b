using Restante.Core.Enrolment;

namespace Restante.Core.Storage;

/// <summary>A device to be created by enrolment.</summary>
/// <param name="Group">The group that it has proved to belong to.</param>
/// <param name="GroupVersion">The version of the group that was proved against; a group that has changed since takes nobody.</param>
/// <param name="Device">The device.</param>
public sealed record EnrolmentRequest(EnrolmentNumber Group, long GroupVersion, NewDevice Device)
{
    /// <summary>The claim that it uses up; null for none.</summary>
    public ClaimHash? Claim { get; init; }
}
