using Restante.Core.Devices;

namespace Restante.Core.Enrolment;

/// <summary>
/// An entry of the ledger: an id that was enrolled once. It is not enrolled again, also when its device has been removed, until the entry
/// is released.
/// </summary>
public sealed record EnrolledDevice
{
    /// <summary>The id.</summary>
    public required DeviceId Id { get; init; }

    /// <summary>The generation that was created. The device of the id may have been removed and added by hand since.</summary>
    public required DeviceNumber Number { get; init; }

    /// <summary>The group that enrolled it.</summary>
    public required EnrolmentNumber Group { get; init; }

    /// <summary>The group's name at that time; the group may be gone.</summary>
    public required string GroupName { get; init; }

    /// <summary>By what it was enrolled.</summary>
    public required EnrolmentKind Kind { get; init; }

    /// <summary>The claim that it used; null when it used none.</summary>
    public ClaimHash? Claim { get; init; }

    /// <summary>When, in milliseconds since the Unix epoch.</summary>
    public required long AtMs { get; init; }
}
