using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>
/// How large the key in a certificate may be. Whoever makes a certificate chooses what a check with its key costs: an exponent as long as
/// the modulus makes a signature of RSA a hundred times as dear.
/// </summary>
internal static class PublicKeyBounds
{
    /// <summary>The longest modulus of RSA, in bits.</summary>
    public const int MaxRsaBits = 8_192;

    /// <summary>The longest public exponent of RSA, in bits; that of nearly all keys has 17.</summary>
    public const int MaxRsaExponentBits = 64;

    private const string Rsa = "1.2.840.113549.1.1.";
    private const string Dsa = "1.2.840.10040.4.1";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const byte ObjectIdentifier = 0x06;

    /// <summary>True unless the key is of RSA and beyond the bounds, on a curve of its maker's own, or of DSA.</summary>
    /// <exception cref="CryptographicException">The key cannot be read.</exception>
    public static bool Hold(X509Certificate2 certificate)
    {
        string algorithm = certificate.GetKeyAlgorithm();
        if (algorithm.StartsWith(Rsa, StringComparison.Ordinal))
            return HoldsRsa(certificate.GetPublicKey());
        return algorithm switch
        {
            EllipticCurve => certificate.GetKeyAlgorithmParameters() is [ObjectIdentifier, ..],
            Dsa => false,
            _ => true,
        };
    }

    private static bool HoldsRsa(byte[] key)
    {
        try
        {
            AsnReader numbers = new AsnReader(key, AsnEncodingRules.DER).ReadSequence();
            return Fits(numbers.ReadIntegerBytes().Span, MaxRsaBits) && Fits(numbers.ReadIntegerBytes().Span, MaxRsaExponentBits);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool Fits(ReadOnlySpan<byte> number, int maxBits) => number.TrimStart((byte)0).Length * 8 <= maxBits;
}
