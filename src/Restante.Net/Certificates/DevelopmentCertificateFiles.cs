namespace Restante.Net.Certificates;

/// <summary>Where the development certificates are, and what was done to have them.</summary>
/// <param name="CaCertificatePath">The CA's certificate: what devices and services are told to trust.</param>
/// <param name="CaKeyPath">The CA's key, readable by the owner only.</param>
/// <param name="ServerCertificatePath">The server's certificate.</param>
/// <param name="ServerKeyPath">The server's key, readable by the owner only.</param>
/// <param name="CreatedCa">Whether a CA was made.</param>
/// <param name="IssuedServer">Whether a server certificate was issued.</param>
public sealed record DevelopmentCertificateFiles(
    string CaCertificatePath,
    string CaKeyPath,
    string ServerCertificatePath,
    string ServerKeyPath,
    bool CreatedCa,
    bool IssuedServer);
