using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A connection of a device, whatever its protocol.</summary>
internal interface IDevicePeer
{
    Wire Wire { get; }

    Hold Hold { get; }

    bool IsGone { get; }

    /// <summary>Whether something can be sent.</summary>
    bool IsReady { get; }

    /// <summary>Sends; what becomes of it is told to the device.</summary>
    void Publish(Publication publication);

    /// <summary>Ends it as the protocol has it.</summary>
    void Goodbye();

    void Cut();

    void Leave();

    void BeDeaf(long forMs);
}
