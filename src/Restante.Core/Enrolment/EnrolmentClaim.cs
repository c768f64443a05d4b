using Restante.Core.Devices;

namespace Restante.Core.Enrolment;

/// <summary>A claim that waits to be used. A used one is gone; what is left of it stands with the device that used it.</summary>
public sealed record EnrolmentClaim
{
    /// <summary>Its name for operators.</summary>
    public ClaimNumber Number { get; init; }

    /// <summary>The group that it enrols into.</summary>
    public required EnrolmentNumber Group { get; init; }

    /// <summary>The hash of its token.</summary>
    public required ClaimHash Hash { get; init; }

    /// <summary>The only device that may use it; null for any of the group.</summary>
    public DeviceId? Device { get; init; }

    /// <summary>When it was created, in milliseconds since the Unix epoch.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>When it ends, in milliseconds since the Unix epoch.</summary>
    public required long ExpiresAtMs { get; init; }
}
