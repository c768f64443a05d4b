using System.Text;
using Restante.Core.Devices;

namespace Restante.Core.Access;

/// <summary>
/// How stores write a credential: one byte for its <see cref="CredentialKind"/>, then the key, the thumbprint, or the authority's name in
/// UTF-8 (nothing for any authority).
/// </summary>
public static class CredentialForm
{
    /// <summary>The bytes of a credential; a secret when it is a key.</summary>
    public static byte[] Write(Credential credential) => credential switch
    {
        SymmetricKey key => [(byte)CredentialKind.Key, .. key.Bytes],
        CertificateThumbprint thumbprint => [(byte)CredentialKind.Thumbprint, .. thumbprint.Bytes],
        AuthoritySigned signed => [(byte)CredentialKind.Authority, .. Encoding.UTF8.GetBytes(signed.Authority ?? "")],
        _ => [(byte)CredentialKind.None],
    };

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    /// <exception cref="InvalidDataException">It is nothing of the kind.</exception>
    public static Credential Read(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes.IsEmpty ? bytes : bytes[1..];
        return (bytes.IsEmpty ? -1 : bytes[0], rest.Length) switch
        {
            ((int)CredentialKind.None, 0) => Credential.None,
            ((int)CredentialKind.Key, SymmetricKey.LengthBytes) => SymmetricKey.FromBytes(rest),
            ((int)CredentialKind.Thumbprint, CertificateThumbprint.LengthBytes) => CertificateThumbprint.FromBytes(rest),
            ((int)CredentialKind.Authority, 0) => AuthoritySigned.ByAny,
            ((int)CredentialKind.Authority, _) => new AuthoritySigned(Encoding.UTF8.GetString(rest)),
            _ => throw new InvalidDataException("A credential in the registry has a form that is not known."),
        };
    }
}
