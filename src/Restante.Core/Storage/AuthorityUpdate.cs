namespace Restante.Core.Storage;

/// <summary>What is to change on a certificate authority; what is not given stays.</summary>
/// <param name="Verifies">True when possession of its key has been proved.</param>
/// <param name="RevocationList">Its new revocation list in DER.</param>
public sealed record AuthorityUpdate(bool Verifies = false, byte[]? RevocationList = null);
