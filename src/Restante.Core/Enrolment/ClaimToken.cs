using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Restante.Core.Enrolment;

/// <summary>
/// The secret of a claim: 32 random bytes, written as base64url without padding [RFC 4648 5]. The gateway keeps its <see cref="ClaimHash"/>
/// only. Its text never leaves through <see cref="ToString"/>, so that it cannot slip into a log.
/// </summary>
public sealed class ClaimToken
{
    /// <summary>The length, in bytes.</summary>
    public const int LengthBytes = 32;

    /// <summary>The length of its text, in characters.</summary>
    public const int TextLength = 43;

    private readonly byte[] _bytes;

    private ClaimToken(byte[] bytes) => _bytes = bytes;

    /// <summary>A new token from the system's random source.</summary>
    public static ClaimToken Generate() => new(RandomNumberGenerator.GetBytes(LengthBytes));

    /// <summary>Reads a token; false unless it holds exactly 32 bytes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ClaimToken? token)
    {
        token = null;
        byte[] bytes = new byte[LengthBytes];
        if (text.Length != TextLength || !Base64Url.IsValid(text, out int length) || length != LengthBytes)
            return false;
        Base64Url.DecodeFromChars(text, bytes);
        token = new ClaimToken(bytes);
        return true;
    }

    /// <summary>What the gateway keeps of it.</summary>
    public ClaimHash Hash() => new(Convert.ToHexString(SHA256.HashData(_bytes)));

    /// <summary>The secret, to hand to its owner.</summary>
    public string Reveal() => Base64Url.EncodeToString(_bytes);

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
