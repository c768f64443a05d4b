namespace Restante.Server.Configuration;

/// <summary>The server certificate. Without files the gateway makes a development CA and a certificate of its own in the data directory.</summary>
public sealed record CertificateOptions
{
    /// <summary>A PEM file with the server's certificate and its chain. Empty for a generated one. SIGHUP reads it again.</summary>
    public string File { get; init; } = string.Empty;

    /// <summary>A PEM file with the certificate's private key. Needed together with <see cref="File"/>.</summary>
    public string Key { get; init; } = string.Empty;
}
