namespace Restante.Core.Issuing;

/// <summary>What the gateway answers to a device's inquiry about its credentials.</summary>
/// <param name="Content">The answer. It holds no secret: it is kept in the mailbox until the device takes it.</param>
internal sealed record GatewayAnswer(byte[] Content)
{
    /// <summary>The record of the certificate in it; null for none.</summary>
    public IssuedCertificate? Issued { get; init; }
}
