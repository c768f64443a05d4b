namespace Restante.Core.Access;

/// <summary>
/// The certificate that a peer has proved to own the key of, with those of its issuers that it sent along. Nobody has judged it yet.
/// </summary>
/// <param name="Leaf">The peer's certificate in DER.</param>
/// <param name="Issuers">What else it sent, in DER and in any order; at most <see cref="MaxIssuers"/> are looked at.</param>
public sealed record PeerCertificate(ReadOnlyMemory<byte> Leaf, IReadOnlyList<ReadOnlyMemory<byte>> Issuers)
{
    /// <summary>How many certificates of issuers are looked at.</summary>
    public const int MaxIssuers = 8;
}
