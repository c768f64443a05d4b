using System.ComponentModel.DataAnnotations;

namespace Restante.Server.Configuration;

/// <summary>
/// The server certificate. Without files the gateway makes a development CA and a certificate of its own in the data directory.
/// </summary>
public sealed record CertificateOptions
{
    /// <summary>A PEM file with the server's certificate and its chain. Empty for a generated one. SIGHUP reads it again.</summary>
    public string File { get; init; } = string.Empty;

    /// <summary>A PEM file with the certificate's private key. Needed together with <see cref="File"/>.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>
    /// A PEM file with a second certificate and its chain, whose key is of the other type: one ECDSA, one RSA. Peers get the ECDSA one if
    /// they can check it, and the RSA one if not.
    /// </summary>
    public string FurtherFile { get; init; } = string.Empty;

    /// <summary>A PEM file with the second certificate's private key. Needed together with <see cref="FurtherFile"/>.</summary>
    public string FurtherKey { get; init; } = string.Empty;

    /// <summary>
    /// Days before the end of a certificate from which on the log warns of it, once a day; 0 for no warning before the end.
    /// </summary>
    [Range(0, 3_650)]
    public int WarnDays { get; init; } = 30;
}
