using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Access;

/// <summary>
/// Looks up what of the devices a service reaches: everything that a service asks of a device, or is told of one, comes past here. What is
/// outside its scope is answered like what is not there. A policy without an audience costs nothing.
/// </summary>
internal sealed class DeviceScopes
{
    private readonly IRegistryStore _registry;
    private readonly CoreMetrics _metrics;
    private readonly AuditLog _audit;

    public DeviceScopes(IRegistryStore registry, CoreMetrics metrics, AuditLog audit)
    {
        _registry = registry;
        _metrics = metrics;
        _audit = audit;
    }

    /// <summary>The device, if there is one and the service reaches it; else null. Fails as the store does.</summary>
    public async ValueTask<DeviceRecord?> FindAsync(ServicePrincipal by, DeviceId id)
    {
        DeviceRecord? device = await _registry.FindDeviceAsync(id);
        return device is not null && Reaches(by, device) ? device : null;
    }

    /// <summary>The refusal that a device of that id is answered with when the service does not reach it; null when it does.</summary>
    public async ValueTask<Refusal?> CheckAsync(ServicePrincipal by, DeviceId id) =>
        by.ReachesAll || await FindAsync(by, id) is not null ? null : Refusal.DeviceNotFound(id.Value);

    /// <summary>True when the service reaches the device; one that it does not is counted and noted.</summary>
    public bool Reaches(ServicePrincipal by, DeviceRecord device)
    {
        if (by.Reaches(device))
            return true;
        _metrics.OutsideScope();
        _audit.Refused(new AuditEntry
        {
            Act = "outsideScope",
            By = AuditActor.Of(by, by.Connection),
            Target = $"devices/{device.Id.Value}",
            Refusal = RefusalKind.NotFound,
        });
        return false;
    }

    /// <summary>Looks at the records of one reading; each of their devices is looked up once.</summary>
    public ScopedReading Reading(ServicePrincipal by) => new(_registry, by, _metrics);
}
