using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What became of an enrolment.</summary>
/// <param name="Status">Whether the device was created.</param>
/// <param name="Device">The device; null unless it was created.</param>
public readonly record struct EnrolmentResult(EnrolmentStatus Status, DeviceRecord? Device);

/// <summary>Whether a device was enrolled, and why not.</summary>
public enum EnrolmentStatus
{
    /// <summary>It was.</summary>
    Enrolled,

    /// <summary>The group is gone or has changed.</summary>
    GroupChanged,

    /// <summary>The group takes nobody.</summary>
    GroupDisabled,

    /// <summary>The group has ended.</summary>
    GroupExpired,

    /// <summary>There is a device of that id.</summary>
    DeviceExists,

    /// <summary>The id was enrolled before, and has not been released.</summary>
    EnrolledBefore,

    /// <summary>The claim is not there, has ended, or is for another device or group.</summary>
    ClaimGone,

    /// <summary>The group has enrolled as many devices as it may.</summary>
    GroupFull,
}
