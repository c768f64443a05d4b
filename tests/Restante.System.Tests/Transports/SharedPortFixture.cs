using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Transports;

/// <summary>A gateway that has a port for all protocols beside those for each.</summary>
public sealed class SharedPortFixture : IAsyncLifetime
{
    public GatewayProcess Gateway { get; private set; } = null!;

    public async Task InitializeAsync() => Gateway = await GatewayProcess.StartAsync("--all-port", "0", "--set", "Network:HandshakeTimeoutMs=2000");

    public async Task DisposeAsync() => await Gateway.DisposeAsync();
}
