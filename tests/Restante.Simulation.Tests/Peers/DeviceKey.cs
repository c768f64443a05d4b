using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Net;

namespace Restante.Simulation.Tests.Peers;

/// <summary>Something that a device can prove to be itself by.</summary>
/// <param name="Name">Names it in the ledger; nothing else has this name.</param>
/// <param name="Held">What the gateway keeps of it.</param>
internal sealed record DeviceKey(string Name, Credential Held)
{
    /// <summary>The certificate that proves it; null for a key.</summary>
    public ClientCertificate? Certificate { get; init; }

    /// <summary>The key as a password; empty for a certificate.</summary>
    public string Password => Held is SymmetricKey key ? key.Reveal() : "";
}
