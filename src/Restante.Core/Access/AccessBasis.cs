namespace Restante.Core.Access;

/// <summary>
/// What the access of a principal rests on: its credential and, of a certificate, what the registered authorities have issued. Principals
/// whose bases are equal lose their access together. Shows nothing of itself.
/// </summary>
public readonly record struct AccessBasis
{
    internal AccessBasis(Credential? used, AuthorityProof? proof)
    {
        Used = used;
        Proof = proof;
    }

    internal Credential? Used { get; }

    internal AuthorityProof? Proof { get; }
}
