namespace Restante.Core.Issuing;

/// <summary>
/// An issuer: a certificate authority whose key the gateway has, so that it signs for devices itself. It is registered as an authority of
/// the same name.
/// </summary>
public sealed class IssuerRecord
{
    /// <summary>Its name, and that of the authority.</summary>
    public required string Name { get; init; }

    /// <summary>Its certificate in DER.</summary>
    public required byte[] Certificate { get; init; }

    /// <summary>Its private key, PKCS#8 in DER. A secret.</summary>
    public required byte[] PrivateKey { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"issuer {Name}";
}
