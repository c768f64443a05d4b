using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Restante.Core.Access;

namespace Restante.Core.Devices;

/// <summary>
/// A secret of 256 bits shared with one device or policy. Written as base64. Its text form never leaves through
/// <see cref="ToString"/>, so that it cannot slip into a log.
/// </summary>
public sealed class SymmetricKey : Credential
{
    /// <summary>The length of a key, in bytes.</summary>
    public const int LengthBytes = 32;

    // A key that was not drawn at random has few different bytes; one in 10^15 random ones has so few.
    private const int LeastDifferentBytes = 16;

    private readonly byte[] _bytes;

    private SymmetricKey(byte[] bytes)
        : base(CredentialKind.Key) => _bytes = bytes;

    /// <summary>The secret itself. Handle with care.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>
    /// False for a key that cannot have been drawn at random, such as zeroes or repeated text; asked where devices choose keys.
    /// </summary>
    public bool LooksDrawn => _bytes.Distinct().Count() >= LeastDifferentBytes;

    /// <summary>A new key from the system's random source.</summary>
    public static SymmetricKey Generate() => new(RandomNumberGenerator.GetBytes(LengthBytes));

    /// <summary>A key from its 32 bytes.</summary>
    /// <exception cref="ArgumentException">The length differs.</exception>
    public static SymmetricKey FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == LengthBytes ? new(bytes.ToArray()) : throw new ArgumentException("A key has 32 bytes.", nameof(bytes));

    /// <summary>Reads a key from base64; false unless it holds exactly 32 bytes.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SymmetricKey? key)
    {
        key = null;
        Span<byte> bytes = stackalloc byte[LengthBytes + 4];
        if (text is null || !Convert.TryFromBase64String(text, bytes, out int written) || written != LengthBytes)
            return false;
        key = FromBytes(bytes[..LengthBytes]);
        return true;
    }

    /// <summary>The secret as base64, to hand to its owner.</summary>
    public string Reveal() => Convert.ToBase64String(_bytes);

    /// <inheritdoc/>
    public override bool Equals(Credential? other) =>
        other is SymmetricKey key && CryptographicOperations.FixedTimeEquals(_bytes, key._bytes);

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
