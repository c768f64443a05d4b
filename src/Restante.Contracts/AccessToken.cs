using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Restante.Contracts;

/// <summary>Signs <c>SharedAccessSignature</c> tokens for the <c>Authorization</c> header, so that the key itself never travels.</summary>
public static class AccessToken
{
    /// <summary>What a token begins with.</summary>
    public const string Scheme = "SharedAccessSignature";

    /// <summary>Makes a token of an access policy.</summary>
    /// <param name="resource">What it is for, by convention the gateway's host name.</param>
    /// <param name="policy">The policy's name.</param>
    /// <param name="key">One of the policy's keys, 32 bytes.</param>
    /// <param name="expiresAt">When it ends.</param>
    /// <returns>The token, scheme included.</returns>
    public static string ForPolicy(string resource, string policy, ReadOnlySpan<byte> key, DateTimeOffset expiresAt)
    {
        string escaped = Uri.EscapeDataString(resource);
        string expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{escaped}\n{expiry}"), signature);
        string signed = Uri.EscapeDataString(Convert.ToBase64String(signature));
        return $"{Scheme} sr={escaped}&sig={signed}&se={expiry}&skn={Uri.EscapeDataString(policy)}";
    }
}
