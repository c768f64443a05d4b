using Restante.Core.Access;

namespace Restante.Core.Issuing;

/// <summary>An issuer, for people.</summary>
/// <param name="Authority">It as an authority: its certificate and revocation list.</param>
/// <param name="IsCurrent">True for the one that issues: the newest that has not ended.</param>
public sealed record IssuerInfo(AuthorityRecord Authority, bool IsCurrent);
