using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Restante.Core.Access;

/// <summary>
/// The SHA-256 of one certificate, which may have been signed by anybody, itself included: whoever has its key is let in.
/// </summary>
public sealed class CertificateThumbprint : Credential
{
    /// <summary>The length, in bytes.</summary>
    public const int LengthBytes = 32;

    private readonly byte[] _bytes;

    private CertificateThumbprint(byte[] bytes)
        : base(CredentialKind.Thumbprint) => _bytes = bytes;

    /// <summary>The hash.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The thumbprint of a certificate in DER.</summary>
    public static CertificateThumbprint Of(ReadOnlySpan<byte> certificate) => new(SHA256.HashData(certificate));

    /// <summary>A thumbprint from its 32 bytes.</summary>
    /// <exception cref="ArgumentException">The length differs.</exception>
    public static CertificateThumbprint FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == LengthBytes ? new(bytes.ToArray()) : throw new ArgumentException("A thumbprint has 32 bytes.", nameof(bytes));

    /// <summary>
    /// Reads 64 hexadecimal digits in either case, also in pairs with colons or blanks between them, as tools print them.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CertificateThumbprint? thumbprint)
    {
        thumbprint = null;
        if (text is not { Length: >= LengthBytes * 2 and <= LengthBytes * 3 })
            return false;
        Span<char> digits = stackalloc char[LengthBytes * 2];
        int count = 0;
        foreach (char c in text)
        {
            if (c is ':' or ' ')
                continue;
            if (count == digits.Length || !char.IsAsciiHexDigit(c))
                return false;
            digits[count++] = c;
        }

        if (count != digits.Length)
            return false;
        thumbprint = new CertificateThumbprint(Convert.FromHexString(digits));
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(Credential? other) =>
        other is CertificateThumbprint thumbprint && CryptographicOperations.FixedTimeEquals(_bytes, thumbprint._bytes);

    /// <summary>64 upper-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexString(_bytes);
}
