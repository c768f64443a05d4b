using Restante.Core.Devices;

namespace Restante.Core.Issuing;

/// <summary>The record of a certificate that the gateway has issued. Times are in milliseconds since the Unix epoch.</summary>
public sealed record IssuedCertificate
{
    /// <summary>Its place among all records, in the order of issue; 0 until it is stored.</summary>
    public long Place { get; init; }

    /// <summary>Its serial number in hexadecimal digits, upper case, without leading zero bytes.</summary>
    public required string Serial { get; init; }

    /// <summary>The issuer, by name.</summary>
    public required string Issuer { get; init; }

    /// <summary>The device that it names.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>The generation of the device that it is for.</summary>
    public required DeviceNumber Number { get; init; }

    /// <summary>When it was issued.</summary>
    public required long IssuedAtMs { get; init; }

    /// <summary>From when on it is valid.</summary>
    public required long FromMs { get; init; }

    /// <summary>Until when it is valid.</summary>
    public required long UntilMs { get; init; }

    /// <summary>When it was revoked; null when it was not.</summary>
    public long? RevokedAtMs { get; init; }

    /// <summary>Why it was revoked.</summary>
    public RevocationCause Cause { get; init; }
}
