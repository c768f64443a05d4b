using Restante.Core.Devices;

namespace Restante.Core.Enrolment;

/// <summary>What claims are wanted.</summary>
/// <param name="Count">How many, 1 to <see cref="EnrolmentClaims.MaxPerCall"/>.</param>
public sealed record ClaimTerms(int Count = 1)
{
    /// <summary>The only device that may use it; then there is one claim. Null for any of the group.</summary>
    public DeviceId? Device { get; init; }

    /// <summary>When they end, in milliseconds since the Unix epoch; null for the usual time.</summary>
    public long? ExpiresAtMs { get; init; }
}
