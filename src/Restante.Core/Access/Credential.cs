namespace Restante.Core.Access;

/// <summary>
/// What a slot of a device or policy holds: a <see cref="Devices.SymmetricKey"/>, a <see cref="CertificateThumbprint"/>,
/// <see cref="AuthoritySigned"/>, or <see cref="None"/>.
/// </summary>
public abstract class Credential : IEquatable<Credential>
{
    private protected Credential(CredentialKind kind) => Kind = kind;

    /// <summary>The slot is empty.</summary>
    public static Credential None { get; } = new NoCredential();

    /// <summary>Which kind it is.</summary>
    public CredentialKind Kind { get; }

    /// <inheritdoc/>
    public abstract bool Equals(Credential? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Credential);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Kind; // A hash of a secret must not travel.

    private sealed class NoCredential() : Credential(CredentialKind.None)
    {
        public override bool Equals(Credential? other) => other is NoCredential;

        public override string ToString() => "none";
    }
}
