using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Restante.Core.Devices;

namespace Restante.Core.Access;

/// <summary>
/// A token <c>SharedAccessSignature sr=…&amp;sig=…&amp;se=…[&amp;skn=…]</c>: the resource it is for, the HMAC-SHA256 of resource and expiry
/// under the key, the expiry in seconds since the Unix epoch, and for services the policy's name. The resource is signed exactly as it is
/// written.
/// </summary>
public sealed record SharedAccessSignature
{
    /// <summary>What a token begins with.</summary>
    public const string Scheme = "SharedAccessSignature";

    /// <summary>The longest token that is read, in characters.</summary>
    public const int MaxLength = 2_048;

    private SharedAccessSignature(string resource, byte[] signature, long expiresAtSeconds, string? policy)
    {
        RawResource = resource;
        Resource = Uri.UnescapeDataString(resource);
        Signature = signature;
        ExpiresAtSeconds = expiresAtSeconds;
        Policy = policy;
    }

    /// <summary>The resource, decoded.</summary>
    public string Resource { get; }

    /// <summary>When it ends, in seconds since the Unix epoch.</summary>
    public long ExpiresAtSeconds { get; }

    /// <summary>The policy's name; null in a device's token.</summary>
    public string? Policy { get; }

    private string RawResource { get; }

    private byte[] Signature { get; }

    /// <summary>True when the text looks like a token.</summary>
    public static bool LooksLike(ReadOnlySpan<char> text) => text.StartsWith(Scheme + " ", StringComparison.Ordinal);

    /// <summary>Reads a token; null when it is none.</summary>
    public static SharedAccessSignature? TryParse(string text)
    {
        if (!LooksLike(text) || text.Length > MaxLength)
            return null;
        string? resource = null, policy = null;
        byte[]? signature = null;
        long expiry = -1;
        foreach (string part in text[(Scheme.Length + 1)..].Split('&'))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                return null;
            string value = part[(equals + 1)..];
            switch (part[..equals])
            {
                case "sr" when resource is null:
                    resource = value;
                    break;
                case "sig" when signature is null:
                    byte[] bytes = new byte[48];
                    if (!Convert.TryFromBase64String(Uri.UnescapeDataString(value), bytes, out int written) || written != 32)
                        return null;
                    signature = bytes[..32];
                    break;
                case "se" when expiry < 0:
                    if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out expiry) || expiry > 253_402_300_799)
                        return null;
                    break;
                case "skn" when policy is null:
                    policy = Uri.UnescapeDataString(value);
                    break;
                default:
                    return null;
            }
        }

        return resource is null || !TokenScope.IsResource(Uri.UnescapeDataString(resource)) || signature is null || expiry < 0
            ? null
            : new SharedAccessSignature(resource, signature, expiry, string.IsNullOrEmpty(policy) ? null : policy);
    }

    /// <summary>True when the key signed this token; takes the same time either way.</summary>
    public bool IsSignedBy(SymmetricKey key)
    {
        Span<byte> expected = stackalloc byte[32];
        Sign(RawResource, ExpiresAtSeconds, key, expected);
        return CryptographicOperations.FixedTimeEquals(expected, Signature);
    }

    /// <summary>Makes a token.</summary>
    /// <param name="resource">The resource, such as <c>gateway.example/devices/truck-17</c>; escaped here.</param>
    /// <param name="key">The key to sign with.</param>
    /// <param name="expiresAtSeconds">When it ends, in seconds since the Unix epoch.</param>
    /// <param name="policy">The policy's name, for a service.</param>
    public static string Create(string resource, SymmetricKey key, long expiresAtSeconds, string? policy = null)
    {
        string escaped = Uri.EscapeDataString(resource);
        Span<byte> signature = stackalloc byte[32];
        Sign(escaped, expiresAtSeconds, key, signature);
        string token = string.Create(
            CultureInfo.InvariantCulture,
            $"{Scheme} sr={escaped}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expiresAtSeconds}");
        return policy is null ? token : $"{token}&skn={Uri.EscapeDataString(policy)}";
    }

    private static void Sign(string rawResource, long expiresAtSeconds, SymmetricKey key, Span<byte> signature)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{rawResource}\n{expiresAtSeconds}");
        HMACSHA256.HashData(key.Bytes, Encoding.UTF8.GetBytes(text), signature);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme} (secret)";
}
