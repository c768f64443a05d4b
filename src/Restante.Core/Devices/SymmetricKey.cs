using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Restante.Core.Access;
using Restante.Core.Refusals;

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
    /// False for a key that cannot have been drawn at random, such as zeroes or repeated text; asked wherever somebody chooses a key.
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

    /// <summary>
    /// Reads a key that an operator or service has chosen. Refusals: malformed (no key, or one that was not drawn at random).
    /// </summary>
    /// <param name="text">The key in base64.</param>
    /// <param name="member">Where it stands, for the refusal, which repeats nothing of it.</param>
    public static Result<SymmetricKey> Read(string? text, string member)
    {
        if (!TryParse(text, out SymmetricKey? key))
            return new Refusal(RefusalKind.Malformed, $"The member '{member}' must be a key: {LengthBytes} bytes in base64.");
        return key.LooksDrawn ? key : new Refusal(
            RefusalKind.Malformed,
            $"The key in '{member}' was not drawn at random: it has fewer than {LeastDifferentBytes} different bytes. Draw one with "
                + $"'openssl rand -base64 {LengthBytes}', or leave it out and let the gateway draw it.");
    }

    /// <summary>The secret as base64, to hand to its owner.</summary>
    public string Reveal() => Convert.ToBase64String(_bytes);

    /// <inheritdoc/>
    public override bool Equals(Credential? other) =>
        other is SymmetricKey key && CryptographicOperations.FixedTimeEquals(_bytes, key._bytes);

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
