using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Restante.Core.Refusals;

namespace Restante.Core.Issuing;

/// <summary>
/// A certificate signing request of a device. [RFC 2986] Of all that stands in it only the key counts: whom the certificate names and what
/// it is for is the gateway's to say.
/// </summary>
internal static class SigningRequest
{
    /// <summary>The largest request, in bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    private const string EllipticKey = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";

    /// <summary>
    /// The key that a certificate is asked for, once the request has shown that its sender has the private one. Refusals: too-large,
    /// malformed.
    /// </summary>
    /// <param name="body">The request, in DER or PEM.</param>
    public static Result<PublicKey> Read(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBytes)
            return new Refusal(RefusalKind.TooLarge, $"The signing request has {body.Length} bytes; the limit is {MaxBytes}.");
        try
        {
            byte[] der = body.StartsWith("-----"u8) ? Unwrap(body) : body.ToArray();

            // What kind of key it is comes first: to check a signature by a key of any size and kind costs as much as its maker likes.
            PublicKey key = Load(der, CertificateRequestLoadOptions.SkipSignatureValidation).PublicKey;
            return IsTaken(key)
                ? Load(der, CertificateRequestLoadOptions.Default).PublicKey
                : new Refusal(RefusalKind.Malformed, "The key of the signing request is none on the curve P-256 or P-384.");
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or FormatException or NotSupportedException)
        {
            return new Refusal(
                RefusalKind.Malformed, "The body is no PKCS#10 signing request in DER or PEM that its own key has signed.");
        }
    }

    private static CertificateRequest Load(byte[] der, CertificateRequestLoadOptions options)
    {
        var request = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, out int used, options);
        return used == der.Length ? request : throw new FormatException("Something follows the request.");
    }

    private static bool IsTaken(PublicKey key)
    {
        if (key.Oid.Value != EllipticKey || key.EncodedParameters is null)
            return false;
        var parameters = new AsnReader(key.EncodedParameters.RawData, AsnEncodingRules.DER);
        return parameters.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier) && parameters.ReadObjectIdentifier() is P256 or P384;
    }

    private static byte[] Unwrap(ReadOnlySpan<byte> body)
    {
        string text = Encoding.Latin1.GetString(body);
        if (!PemEncoding.TryFind(text, out PemFields fields)
            || text.AsSpan()[fields.Label] is not ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST"))
        {
            throw new FormatException("It is PEM, but holds no signing request.");
        }

        return Convert.FromBase64String(text[fields.Base64Data]);
    }
}
