namespace Restante.Core.Enrolment;

/// <summary>A new claim with its token, which is known here for the only time.</summary>
/// <param name="Token">The secret.</param>
/// <param name="Claim">The claim.</param>
public sealed record IssuedClaim(ClaimToken Token, EnrolmentClaim Claim);
