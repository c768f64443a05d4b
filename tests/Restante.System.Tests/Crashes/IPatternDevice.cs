using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>A device that takes part in all patterns, by one protocol.</summary>
internal interface IPatternDevice
{
    /// <summary>Lives until the gateway is killed.</summary>
    Task LiveAsync(GatewayProcess gateway, NetworkHost network, PatternLedger ledger, bool asks, CancellationToken killed);
}
