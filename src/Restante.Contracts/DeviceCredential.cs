using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>
/// What one of the two slots of a device or policy holds. To write one, name what it is by <c>kind</c>, or give the member that says so.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DeviceCredential
{
    /// <summary>
    /// <c>key</c>, <c>thumbprint</c> (of one certificate), <c>authority</c> (any certificate for the device that a registered authority
    /// signed), or <c>none</c>.
    /// </summary>
    public string? Kind { get; init; }

    /// <summary>The key, 32 bytes in base64; one is generated when a key is wanted and none is given. Never shown here.</summary>
    public string? Key { get; init; }

    /// <summary>The SHA-256 of the certificate in hexadecimal digits.</summary>
    public string? Thumbprint { get; init; }

    /// <summary>The only authority that may sign; absent for any.</summary>
    public string? Authority { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"credential of kind {Kind}";
}
