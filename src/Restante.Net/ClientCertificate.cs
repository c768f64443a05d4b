namespace Restante.Net;

/// <summary>What is remembered of a certificate that the peer presented and proved to own the key of. Not validated.</summary>
/// <param name="Sha256Thumbprint">SHA-256 over the certificate, 64 upper-case hexadecimal digits.</param>
/// <param name="Subject">Subject as a distinguished name.</param>
/// <param name="NotBefore">Start of its validity.</param>
/// <param name="NotAfter">End of its validity.</param>
public sealed record ClientCertificate(string Sha256Thumbprint, string Subject, DateTimeOffset NotBefore, DateTimeOffset NotAfter);
