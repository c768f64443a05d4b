namespace Restante.Core.Access;

/// <summary>A certificate authority that may sign for devices, once it is verified.</summary>
public sealed record AuthorityRecord
{
    /// <summary>Its name in the registry; formed like the name of a policy, see <see cref="PolicyNames"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Its certificate in DER.</summary>
    public required byte[] Certificate { get; init; }

    /// <summary>
    /// What the common name of a certificate must be that proves possession of the authority's key. Random, so it also tells one
    /// registration from a later one of the same name.
    /// </summary>
    public required string VerificationCode { get; init; }

    /// <summary>True when possession of its key was proved. Only then it is trusted.</summary>
    public required bool IsVerified { get; init; }

    /// <summary>Its revocation list in DER; null for none.</summary>
    public byte[]? RevocationList { get; init; }

    /// <summary>
    /// True when the gateway has its key and issues by it: there is an issuer of that name. Stores find it out; it is not written.
    /// </summary>
    public bool IsOwn { get; init; }

    /// <summary>When it was registered, in milliseconds since the Unix epoch.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>When it was last changed, in milliseconds since the Unix epoch.</summary>
    public required long ChangedAtMs { get; init; }
}
