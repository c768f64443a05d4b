namespace Restante.Core.Issuing;

/// <summary>A certificate that was just issued.</summary>
/// <param name="Record">Its record.</param>
/// <param name="Pem">The certificate and that of its issuer, as PEM.</param>
internal sealed record NewCertificate(IssuedCertificate Record, string Pem);
