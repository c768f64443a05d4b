using System.Security.Cryptography;
using System.Text;

namespace Restante.Storage.Sqlite.Secrets;

/// <summary>
/// Seals what the database must not show: AES-256-GCM under the current master key with a random nonce. What is sealed is bound to its
/// purpose (<c>table.column</c>) and the identity of its row, so that it opens nowhere else. Its bytes: a form byte, the key's id (8), the
/// nonce (12), the tag (16), and as many bytes as the secret has.
/// </summary>
/// <remarks>
/// Seal on the writer's thread, in the operation that writes the row: only then does a change of the current key reach every row. A column
/// with sealed secrets must stand in <see cref="SealedTable.All"/>. Thread-safe.
/// </remarks>
internal sealed class SecretSealer(MasterKeyRing ring)
{
    /// <summary>How many bytes a sealed secret has beyond the secret.</summary>
    public const int Overhead = TagAt + MasterKey.TagBytes;

    // No form of a credential begins so: plain and sealed ones share their columns.
    private const byte Form = 0x81;
    private const int NonceBytes = 12;
    private const int NonceAt = 1 + MasterKey.IdBytes;
    private const int TagAt = NonceAt + NonceBytes;
    private const int StackBytes = 512;

    private volatile MasterKeyRing _ring = ring;

    /// <summary>The keys. A new ring counts from the next call on.</summary>
    public MasterKeyRing Ring
    {
        get => _ring;
        set => _ring = value;
    }

    /// <summary>True for bytes that <see cref="Seal"/> has written, and false for a credential that is no secret.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> bytes) => bytes is [Form, ..];

    /// <summary>Seals a secret under the current key.</summary>
    /// <param name="purpose">What it is: <c>table.column</c>, a constant.</param>
    /// <param name="identity">The text that names its row, in the column that <see cref="SealedTable.Identity"/> says.</param>
    /// <param name="secret">The secret, of any length.</param>
    public byte[] Seal(string purpose, string identity, ReadOnlySpan<byte> secret)
    {
        MasterKey key = _ring.Current;
        byte[] bytes = new byte[Overhead + secret.Length];
        bytes[0] = Form;
        key.IdOf.CopyTo(bytes, 1);
        Span<byte> nonce = bytes.AsSpan(NonceAt, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> room = stackalloc byte[StackBytes];
        key.Seal(nonce, secret, bytes.AsSpan(Overhead), bytes.AsSpan(TagAt, MasterKey.TagBytes), Bind(purpose, identity, room));
        return bytes;
    }

    /// <summary>Opens what <see cref="Seal"/> has sealed with the same purpose and identity.</summary>
    /// <exception cref="InvalidDataException">It was changed, moved here from elsewhere, or its key is not in the ring.</exception>
    public byte[] Open(string purpose, string identity, ReadOnlySpan<byte> bytes)
    {
        if (!IsSealed(bytes) || bytes.Length < Overhead)
            throw new InvalidDataException($"A secret in {purpose} is not sealed.");
        MasterKey key = _ring.Find(KeyId(bytes)) ?? throw new InvalidDataException(
            $"A secret in {purpose} is sealed with master key {Convert.ToHexStringLower(KeyId(bytes))}, which is not in the ring.");
        byte[] secret = new byte[bytes.Length - Overhead];
        Span<byte> room = stackalloc byte[StackBytes];
        ReadOnlySpan<byte> bound = Bind(purpose, identity, room);
        return key.TryOpen(bytes.Slice(NonceAt, NonceBytes), bytes[Overhead..], bytes.Slice(TagAt, MasterKey.TagBytes), secret, bound)
            ? secret
            : throw new InvalidDataException($"A secret in {purpose} does not open: it was changed after it had been sealed.");
    }

    /// <summary>True for a sealed secret whose key is not the current one.</summary>
    public bool IsOld(ReadOnlySpan<byte> bytes) =>
        IsSealed(bytes) && bytes.Length >= Overhead && !KeyId(bytes).SequenceEqual(_ring.Current.IdOf);

    private static ReadOnlySpan<byte> KeyId(ReadOnlySpan<byte> bytes) => bytes.Slice(1, MasterKey.IdBytes);

    private static ReadOnlySpan<byte> Bind(string purpose, string identity, Span<byte> room)
    {
        int length = Encoding.UTF8.GetByteCount(purpose) + 1 + Encoding.UTF8.GetByteCount(identity);
        Span<byte> bound = length <= room.Length ? room[..length] : new byte[length];
        int at = Encoding.UTF8.GetBytes(purpose, bound);
        bound[at] = 0;
        Encoding.UTF8.GetBytes(identity, bound[(at + 1)..]);
        return bound;
    }
}
