using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Restante.Storage.Sqlite.Secrets;

/// <summary>
/// A key under which a store seals the secrets it keeps: 32 random bytes, written as base64. Its text never leaves through
/// <see cref="ToString"/>, so that it cannot slip into a log.
/// </summary>
public sealed class MasterKey
{
    /// <summary>The length of a master key, in bytes.</summary>
    public const int LengthBytes = 32;

    /// <summary>The length of <see cref="Id"/> in bytes; twice as many hexadecimal digits.</summary>
    internal const int IdBytes = 8;

    internal const int TagBytes = 16;

    private readonly byte[] _bytes;
    private readonly byte[] _sealing;
    private readonly AesGcm?[] _idle = new AesGcm?[Math.Clamp(Environment.ProcessorCount, 2, 64)];

    private MasterKey(byte[] bytes)
    {
        _bytes = bytes;
        _sealing = HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, LengthBytes, info: "restante seals secrets"u8.ToArray());
        IdOf = HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, IdBytes, info: "restante names a master key"u8.ToArray());
        Id = Convert.ToHexStringLower(IdOf);
    }

    /// <summary>Its name: 16 hexadecimal digits that follow from the key and tell nothing of it.</summary>
    public string Id { get; }

    /// <summary>The bytes of <see cref="Id"/>.</summary>
    internal byte[] IdOf { get; }

    /// <summary>A new key from the system's random source.</summary>
    public static MasterKey Generate() => new(RandomNumberGenerator.GetBytes(LengthBytes));

    /// <summary>Reads a key from base64; false unless it holds exactly 32 bytes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MasterKey? key)
    {
        Span<byte> bytes = stackalloc byte[LengthBytes + 4];
        bool whole = Convert.TryFromBase64String(text, bytes, out int written) && written == LengthBytes;
        key = whole ? new MasterKey(bytes[..LengthBytes].ToArray()) : null;
        return whole;
    }

    /// <summary>The key as base64, to be kept where nobody reads the store.</summary>
    public string Reveal() => Convert.ToBase64String(_bytes);

    /// <inheritdoc/>
    public override string ToString() => $"master key {Id}";

    internal void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> secret, Span<byte> hidden, Span<byte> tag, ReadOnlySpan<byte> bound)
    {
        AesGcm cipher = Take();
        cipher.Encrypt(nonce, secret, hidden, tag, bound);
        GiveBack(cipher);
    }

    /// <returns>False when it was not sealed with this key and bound to this, or has been changed since.</returns>
    internal bool TryOpen(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> hidden, ReadOnlySpan<byte> tag, Span<byte> secret, ReadOnlySpan<byte> bound)
    {
        AesGcm cipher = Take();
        try
        {
            cipher.Decrypt(nonce, hidden, tag, secret, bound);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            GiveBack(cipher);
        }
    }

    // A cipher serves one thread at a time, and making one costs as much as using it.
    private AesGcm Take()
    {
        for (int i = 0; i < _idle.Length; i++)
        {
            if (_idle[i] is not null && Interlocked.Exchange(ref _idle[i], null) is AesGcm idle)
                return idle;
        }

        return new AesGcm(_sealing, TagBytes);
    }

    private void GiveBack(AesGcm cipher)
    {
        for (int i = 0; i < _idle.Length; i++)
        {
            if (_idle[i] is null && Interlocked.CompareExchange(ref _idle[i], cipher, null) is null)
                return;
        }

        cipher.Dispose();
    }
}
