namespace Restante.Core.Access;

/// <summary>
/// Any valid certificate that a registered and verified authority signed, directly or through intermediates, and that names the device: its
/// common name is the device id, or a DNS name of its alternative names is, or the last segment of a URI among them.
/// </summary>
/// <param name="authority">The only authority that may sign for the device, by the name it is registered under; null for any.</param>
public sealed class AuthoritySigned(string? authority) : Credential(CredentialKind.Authority)
{
    /// <summary>Signed by any registered authority.</summary>
    public static AuthoritySigned ByAny { get; } = new(null);

    /// <summary>The only authority that may sign for the device; null for any.</summary>
    public string? Authority { get; } = authority;

    /// <inheritdoc/>
    public override bool Equals(Credential? other) => other is AuthoritySigned signed && signed.Authority == Authority;

    /// <inheritdoc/>
    public override string ToString() => Authority is null ? "signed by any authority" : $"signed by authority {Authority}";
}
