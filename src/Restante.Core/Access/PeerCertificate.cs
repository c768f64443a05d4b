namespace Restante.Core.Access;

/// <summary>
/// The certificate that a peer has proved to own the key of, with those of its issuers that it sent along. Nobody has judged it yet. What
/// is read in it is kept here, so that a connection with many requests has it read once.
/// </summary>
/// <param name="leaf">The peer's certificate in DER; beyond <see cref="MaxBytes"/> it is taken as one that cannot be read.</param>
/// <param name="issuers">What else it sent, in DER and in any order; at most <see cref="MaxIssuers"/> of up to <see cref="MaxBytes"/> are
/// looked at.</param>
public sealed class PeerCertificate(ReadOnlyMemory<byte> leaf, IReadOnlyList<ReadOnlyMemory<byte>> issuers)
{
    /// <summary>How many certificates of issuers are looked at.</summary>
    public const int MaxIssuers = 8;

    /// <summary>The size of the largest certificate that is looked at, in bytes.</summary>
    public const int MaxBytes = 8 * 1024;

    private CertificateFacts? _facts;

    /// <summary>The peer's certificate in DER.</summary>
    public ReadOnlyMemory<byte> Leaf { get; } = leaf;

    /// <summary>What else it sent.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Issuers { get; } = issuers;

    /// <summary>What stands in the peer's certificate.</summary>
    internal CertificateFacts Facts => _facts ??= CertificateFacts.Read(Leaf);
}
