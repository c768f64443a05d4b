using Restante.Core.Devices;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A key that a device was given.</summary>
/// <param name="Name">Names it in the ledger; no other key has this name.</param>
/// <param name="Key">The key.</param>
internal sealed record DeviceKey(string Name, SymmetricKey Key);
