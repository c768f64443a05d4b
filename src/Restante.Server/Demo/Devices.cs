using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Server.Configuration;
using Restante.Server.Hosting;

namespace Restante.Server.Demo;

/// <summary>The devices of the demo.</summary>
internal static class Devices
{
    /// <summary>Creates a device; takes the one there is when the data directory has been used before.</summary>
    public static async Task<DeviceRecord> CreateAsync(GatewayHost host, string id, string? tags = null)
    {
        Result<DeviceRecord> device = await host.Gateway!.Devices.CreateAsync(id, tags: tags);
        if (!device.IsSuccess && device.Refusal.Kind == RefusalKind.Conflict)
            device = await host.Gateway.Devices.FindAsync(id);
        return device.IsSuccess ? device.Value : throw new ConfigurationException(device.Refusal.Message);
    }
}
