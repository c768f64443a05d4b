namespace Restante.Core.Access;

/// <summary>The kinds of credentials. The numbers are stored.</summary>
public enum CredentialKind
{
    /// <summary>Nothing: the slot lets nobody in.</summary>
    None = 0,

    /// <summary>A <see cref="Devices.SymmetricKey"/>.</summary>
    Key = 1,

    /// <summary>A <see cref="CertificateThumbprint"/>.</summary>
    Thumbprint = 2,

    /// <summary>An <see cref="AuthoritySigned"/> certificate.</summary>
    Authority = 3,
}
