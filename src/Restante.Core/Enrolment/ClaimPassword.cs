using Restante.Core.Devices;

namespace Restante.Core.Enrolment;

/// <summary>
/// How a device presents a claim in place of its password: <c>claim:TOKEN:KEY</c> with a key of its own choice, or <c>claim:TOKEN</c>
/// beside the certificate of its TLS connection.
/// </summary>
public sealed class ClaimPassword
{
    private const string Scheme = "claim:";
    private const int KeyTextLength = 44;

    private ClaimPassword(ClaimToken token, SymmetricKey? key)
    {
        Token = token;
        Key = key;
    }

    /// <summary>The claim's token.</summary>
    public ClaimToken Token { get; }

    /// <summary>The key that the device chose; null when it brings a certificate.</summary>
    public SymmetricKey? Key { get; }

    /// <summary>Reads a password; null when it is no claim, or its key cannot have been drawn at random.</summary>
    public static ClaimPassword? TryParse(string password)
    {
        if (!password.StartsWith(Scheme, StringComparison.Ordinal))
            return null;
        ReadOnlySpan<char> rest = password.AsSpan(Scheme.Length);
        bool hasKey = rest.Length == ClaimToken.TextLength + 1 + KeyTextLength && rest[ClaimToken.TextLength] == ':';
        if ((!hasKey && rest.Length != ClaimToken.TextLength) || !ClaimToken.TryParse(rest[..ClaimToken.TextLength], out ClaimToken? token))
            return null;
        SymmetricKey? key = null;
        if (hasKey && !(SymmetricKey.TryParse(rest[(ClaimToken.TextLength + 1)..].ToString(), out key) && key.LooksDrawn))
            return null;
        return new ClaimPassword(token, key);
    }

    /// <summary>
    /// Where a claim begins at the end of a text that has something before it and a colon between; -1 when it ends with none. For protocols
    /// that join name and password by a colon.
    /// </summary>
    public static int FindAtEnd(string text)
    {
        int bare = Scheme.Length + ClaimToken.TextLength;
        foreach (int length in (ReadOnlySpan<int>)[bare, bare + 1 + KeyTextLength])
        {
            int start = text.Length - length;
            if (start > 1 && text[start - 1] == ':' && TryParse(text[start..]) is not null)
                return start;
        }

        return -1;
    }

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
