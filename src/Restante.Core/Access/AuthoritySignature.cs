using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>
/// Signatures of certificate authorities over other things than certificates: RSA and ECDSA with SHA-256, SHA-384 or SHA-512.
/// </summary>
internal static class AuthoritySignature
{
    private const string RsaPss = "1.2.840.113549.1.1.10";

    /// <summary>True when the authority has signed a certificate, and is the issuer that it names.</summary>
    public static bool HasIssued(X509Certificate2 authority, X509Certificate2 certificate)
    {
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(authority.SubjectName.RawData))
            return false;
        try
        {
            AsnReader parts = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
            ReadOnlyMemory<byte> signed = parts.ReadEncodedValue();
            AsnReader algorithm = parts.ReadSequence();
            return IsBy(authority, signed.Span, algorithm, parts.ReadBitString(out _));
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return false;
        }
    }

    /// <summary>True when the authority has signed the bytes.</summary>
    /// <param name="authority">The authority.</param>
    /// <param name="bytes">What is signed.</param>
    /// <param name="algorithm">The content of the <c>AlgorithmIdentifier</c>.</param>
    /// <param name="signature">The signature.</param>
    public static bool IsBy(X509Certificate2 authority, ReadOnlySpan<byte> bytes, AsnReader algorithm, ReadOnlySpan<byte> signature)
    {
        string name = algorithm.ReadObjectIdentifier();
        if (name == RsaPss)
            return IsByRsa(authority, bytes, signature, PssHash(algorithm), RSASignaturePadding.Pss);
        return name switch
        {
            "1.2.840.113549.1.1.11" => IsByRsa(authority, bytes, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "1.2.840.113549.1.1.12" => IsByRsa(authority, bytes, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "1.2.840.113549.1.1.13" => IsByRsa(authority, bytes, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            "1.2.840.10045.4.3.2" => IsByEcdsa(authority, bytes, signature, HashAlgorithmName.SHA256),
            "1.2.840.10045.4.3.3" => IsByEcdsa(authority, bytes, signature, HashAlgorithmName.SHA384),
            "1.2.840.10045.4.3.4" => IsByEcdsa(authority, bytes, signature, HashAlgorithmName.SHA512),
            _ => false,
        };
    }

    private static bool IsByRsa(
        X509Certificate2 authority, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature, HashAlgorithmName hash,
        RSASignaturePadding padding)
    {
        using RSA? key = authority.GetRSAPublicKey();
        return key is not null && hash.Name is not null && key.VerifyData(bytes, signature, hash, padding);
    }

    private static bool IsByEcdsa(
        X509Certificate2 authority, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature, HashAlgorithmName hash)
    {
        using ECDsa? key = authority.GetECDsaPublicKey();
        return key is not null && key.VerifyData(bytes, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
    }

    // Without a hash of its own the parameters mean SHA-1, which is not taken. [RFC 4055 3.1]
    private static HashAlgorithmName PssHash(AsnReader algorithm)
    {
        var hashTag = new Asn1Tag(TagClass.ContextSpecific, 0);
        AsnReader parameters = algorithm.ReadSequence();
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(hashTag))
            return default;
        return parameters.ReadSequence(hashTag).ReadSequence().ReadObjectIdentifier() switch
        {
            "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
            "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
            _ => default,
        };
    }
}
