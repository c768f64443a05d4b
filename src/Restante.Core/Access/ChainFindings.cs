using Restante.Core.Devices;

namespace Restante.Core.Access;

/// <summary>What the authorities say of a certificate.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Proof">What it rests on; null when something is wrong.</param>
/// <param name="ExpiresAtMs">When the first certificate of the chain ends, in milliseconds since the Unix epoch.</param>
internal readonly record struct ChainFindings(CertificateFault Fault, AuthorityProof? Proof = null, long ExpiresAtMs = 0)
{
    /// <summary>
    /// The only generation of a device that the certificate is for: one of the gateway's own issuers has issued it. Else null.
    /// </summary>
    public DeviceNumber? Generation { get; init; }
}
