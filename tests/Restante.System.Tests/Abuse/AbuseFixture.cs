using System.Globalization;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>One gateway that is abused by all tests of a collection, one after the other, and the clients that must not notice.</summary>
public sealed class AbuseFixture : IAsyncLifetime
{
    private static int s_devices;

    public GatewayProcess Gateway { get; private set; } = null!;

    internal Witness Witness { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Gateway = await GatewayProcess.StartAsync("--set", "Network:WriteTimeoutMs=4000", "--set", "Log:Level=Warning",
            "--set", "Audit:MaxRefusalsPerHour=1000000", "--set", "Audit:MaxRefusalsPerSourcePerHour=1000000");
        Witness = await Witness.StartAsync(Gateway);
    }

    public async Task DisposeAsync()
    {
        await Witness.DisposeAsync();
        await Gateway.DisposeAsync();
    }

    /// <summary>A device that nobody else uses, and its key.</summary>
    internal static async Task<(string Id, string Key)> NewDeviceAsync(GatewayProcess gateway)
    {
        string id = "abuser-" + Interlocked.Increment(ref s_devices).ToString(CultureInfo.InvariantCulture);
        return (id, await gateway.CreateDeviceAsync(id));
    }
}

[CollectionDefinition("abuse")]
public sealed class AbuseCollection : ICollectionFixture<AbuseFixture>;
