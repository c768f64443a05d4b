using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Credentials as they are written in JSON.</summary>
internal static class CredentialText
{
    private const string Key = "key";
    private const string Thumbprint = "thumbprint";
    private const string Authority = "authority";
    private const string None = "none";

    /// <summary>Reads a credential; null when none is given.</summary>
    /// <param name="wish">What is given.</param>
    /// <param name="member">Where it stands, for the refusal.</param>
    public static Credential? Read(DeviceCredential? wish, string member)
    {
        if (wish is null)
            return null;
        string? kind = wish.Kind ?? (wish switch
        {
            { Key: not null } => Key,
            { Thumbprint: not null } => Thumbprint,
            { Authority: not null } => Authority,
            _ => null,
        });
        return (kind, wish) switch
        {
            (Key, { Thumbprint: null, Authority: null }) => KeyText.Read(wish.Key, $"{member}.key") ?? SymmetricKey.Generate(),
            (Thumbprint, { Key: null, Authority: null }) => ReadThumbprint(wish.Thumbprint, $"{member}.thumbprint"),
            (Authority, { Key: null, Thumbprint: null }) => ReadAuthority(wish.Authority, $"{member}.authority"),
            (None, { Key: null, Thumbprint: null, Authority: null }) => Credential.None,
            _ => throw new MalformedRequestException(
                $"The member '{member}' must be one credential, of the kind {Key}, {Thumbprint}, {Authority} or {None}, "
                + "without what belongs to another kind."),
        };
    }

    /// <summary>True when a key is wanted, whichever: <see cref="Read"/> makes one then.</summary>
    public static bool IsAnyKey(DeviceCredential? wish) => wish is { Kind: Key, Key: null };

    /// <summary>Reads the thumbprint of a certificate.</summary>
    public static CertificateThumbprint ReadThumbprint(string? text, string member) =>
        CertificateThumbprint.TryParse(text, out CertificateThumbprint? thumbprint)
            ? thumbprint
            : throw new MalformedRequestException($"The member '{member}' must be the SHA-256 of a certificate in hexadecimal digits.");

    /// <summary>Reads which slot is meant; null when there is none of that name.</summary>
    public static CredentialSlot? Slot(string text) => text switch
    {
        "primary" => CredentialSlot.Primary,
        "secondary" => CredentialSlot.Secondary,
        _ => null,
    };

    /// <summary>Shows a credential; of a key only that it is one.</summary>
    public static DeviceCredential Of(Credential credential) => credential switch
    {
        SymmetricKey => new DeviceCredential { Kind = Key },
        CertificateThumbprint thumbprint => new DeviceCredential { Kind = Thumbprint, Thumbprint = thumbprint.ToString() },
        AuthoritySigned signed => new DeviceCredential { Kind = Authority, Authority = signed.Authority },
        _ => new DeviceCredential { Kind = None },
    };

    /// <summary>Shows what an import needs beside the keys; null when both are keys.</summary>
    public static DeviceCredentials? ForExport(Credential primary, Credential secondary) =>
        primary is SymmetricKey && secondary is SymmetricKey
        ? null
        : new DeviceCredentials
        {
            Primary = primary is SymmetricKey ? null : Of(primary),
            Secondary = secondary is SymmetricKey ? null : Of(secondary),
        };

    private static AuthoritySigned ReadAuthority(string? name, string member)
    {
        if (name is null)
            return AuthoritySigned.ByAny;
        return PolicyNames.IsValid(name)
            ? new AuthoritySigned(name)
            : throw new MalformedRequestException($"The member '{member}' must name an authority: {PolicyNames.RuleForAuthorities}.");
    }
}
