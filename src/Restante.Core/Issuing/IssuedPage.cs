namespace Restante.Core.Issuing;

/// <summary>A page of records of issued certificates, the newest first.</summary>
/// <param name="Items">The records.</param>
/// <param name="Next">The place to go on before; null at the end.</param>
public sealed record IssuedPage(IReadOnlyList<IssuedCertificate> Items, long? Next);
