namespace Restante.Core.Enrolment;

/// <summary>The SHA-256 of a <see cref="ClaimToken"/>.</summary>
/// <param name="Hex">64 upper-case hexadecimal digits.</param>
public readonly record struct ClaimHash(string Hex);
