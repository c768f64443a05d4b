using Restante.Net;

namespace Restante.Simulation.Tests.Peers;

/// <summary>What a device presents when it connects.</summary>
/// <param name="Key">What it proves to have.</param>
internal sealed record Login(DeviceKey Key)
{
    /// <summary>Empty for a certificate alone.</summary>
    public string Password { get; init; } = Key.Password;

    /// <summary>The claim in the password, by its name in the ledger; null when there is none.</summary>
    public string? Claim { get; init; }

    public ClientCertificate? Certificate => Key.Certificate;
}
