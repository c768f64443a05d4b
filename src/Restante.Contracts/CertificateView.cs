namespace Restante.Contracts;

/// <summary>The record of a certificate that the gateway has issued to a device.</summary>
public sealed record CertificateView
{
    /// <summary>Its serial number in hexadecimal digits.</summary>
    public required string Serial { get; init; }

    /// <summary>The issuer.</summary>
    public required string Issuer { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>The generation of the device; one that is created anew under its id has another.</summary>
    public required long Generation { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>From when on it is valid.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Until when it is valid.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When it was revoked; absent when it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Why it was revoked: <c>operator</c> or <c>device-removed</c>.</summary>
    public string? Cause { get; init; }
}
