using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Patterns;

/// <summary>Clients nobody here wrote play device and service in every pattern over AMQP, against the real process over TLS.</summary>
[Collection("gateway")]
public sealed class AmqpPatterns(GatewayFixture fixture)
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Needs("python3-qpid-proton")]
    public Task Proton_plays_device_and_service_in_every_pattern() => RunAsync(Tool.Python, "python/proton_patterns.py", "proton-patterns");

    [Needs("rhea")]
    public Task Rhea_plays_device_and_service_in_every_pattern() => RunAsync("node", "node/rhea_patterns.mjs", "rhea-patterns");

    private async Task RunAsync(string program, string script, string device)
    {
        string key = await _gateway.CreateDeviceAsync(device);
        await Tool.RunScriptAsync(program, script, _gateway, device, key);
    }
}
