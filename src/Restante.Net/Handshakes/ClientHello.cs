namespace Restante.Net.Handshakes;

/// <summary>
/// What the first message of a TLS client says about the server certificates that it can check: RFC 8446 section 4.2.3 for TLS 1.3, RFC
/// 5246 section 7.4.1.4.1 and RFC 8422 section 5.1 for TLS 1.2.
/// </summary>
/// <param name="OffersTls13">Whether TLS 1.3 is going to be spoken.</param>
/// <param name="OffersEcdsaSuite">Whether a cipher suite of TLS 1.2 with ECDSA is offered.</param>
/// <param name="Schemes">The signature algorithms it checks; null when it does not say.</param>
/// <param name="Groups">The curves it knows; null when it does not say.</param>
internal readonly record struct ClientHello(bool OffersTls13, bool OffersEcdsaSuite, ushort[]? Schemes, ushort[]? Groups)
{
    private const ushort EcdsaSha256 = 0x0403;
    private const ushort EcdsaSha384 = 0x0503;
    private const ushort EcdsaSha512 = 0x0603;

    /// <summary>True when a certificate with an ECDSA key will do.</summary>
    /// <param name="keyBits">The size of the key: 256, 384 or 521 for the curves P-256, P-384 and P-521.</param>
    public bool TakesEcdsa(int keyBits)
    {
        (ushort group, ushort scheme) = keyBits switch
        {
            256 => ((ushort)23, EcdsaSha256),
            384 => ((ushort)24, EcdsaSha384),
            521 => ((ushort)25, EcdsaSha512),
            _ => (default, default),
        };
        if (group == 0 || Schemes is null)
            return false;
        if (OffersTls13)
            return Schemes.Contains(scheme);

        // Up to TLS 1.2 the hash is any, and the curves are those of the key exchange.
        return OffersEcdsaSuite && Schemes.Any(static s => s is EcdsaSha256 or EcdsaSha384 or EcdsaSha512)
            && (Groups is null || Groups.Contains(group));
    }
}
