using System.Collections.Concurrent;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Tests.Peers;

internal sealed class HookedRegistry(IRegistryStore inner, Hooks hooks) : IRegistryStore
{
    /// <summary>For whom devices were listed.</summary>
    public ConcurrentQueue<Looker> Lookers { get; } = new();

    public ValueTask<DeviceRecord?> CreateDeviceAsync(NewDevice device, long nowMs) => inner.CreateDeviceAsync(device, nowMs);

    public ValueTask<IReadOnlyList<DeviceLineResult>> ImportDevicesAsync(
        IReadOnlyList<DeviceLine> lines, bool update, long nowMs, AudienceQuery? reach = null) =>
        inner.ImportDevicesAsync(lines, update, nowMs, reach);

    public ValueTask<DeviceRecord?> FindDeviceAsync(DeviceId id) => hooks.Run("find-device", () => inner.FindDeviceAsync(id));

    public ValueTask<DeviceSearch> SearchDevicesAsync(
        DeviceId? after, int max, int maxLookedAt, AudienceQuery audience, Looker looker = default) =>
        inner.SearchDevicesAsync(after, max, maxLookedAt, audience, looker);

    public ValueTask<IReadOnlyList<DeviceRecord>> ListDevicesAsync(
        DeviceId? after, int max, AudienceQuery? audience = null, Looker looker = default)
    {
        Lookers.Enqueue(looker);
        return hooks.Run("list-devices", () => inner.ListDevicesAsync(after, max, audience, looker));
    }

    public ValueTask<long> CountDevicesAsync(AudienceQuery? audience = null, Looker looker = default) =>
        inner.CountDevicesAsync(audience, looker);

    public ValueTask<IReadOnlyList<DeviceNumber>?> ListMembersAsync(IReadOnlyList<string> groups, int max) =>
        inner.ListMembersAsync(groups, max);

    public ValueTask<DeviceUpdateResult> UpdateDeviceAsync(DeviceId id, DeviceUpdate update, long nowMs) =>
        inner.UpdateDeviceAsync(id, update, nowMs);

    public ValueTask<RemovedDevice?> RemoveDeviceAsync(DeviceId id, long? ifVersion, long nowMs) =>
        inner.RemoveDeviceAsync(id, ifVersion, nowMs);

    public ValueTask PutPolicyAsync(PolicyRecord policy) => inner.PutPolicyAsync(policy);

    public ValueTask<PolicyRecord?> FindPolicyAsync(string name) => hooks.Run("find-policy", () => inner.FindPolicyAsync(name));

    public ValueTask<IReadOnlyList<PolicyRecord>> ListPoliciesAsync() => inner.ListPoliciesAsync();

    public ValueTask<bool> RemovePolicyAsync(string name) => inner.RemovePolicyAsync(name);

    public ValueTask<IReadOnlyList<string>> SaveClientSessionAsync(
        DeviceNumber device, string name, ReadOnlyMemory<byte> state, long expiresAtMs) =>
        inner.SaveClientSessionAsync(device, name, state, expiresAtMs);

    public ValueTask<byte[]?> LoadClientSessionAsync(DeviceNumber device, string name, long nowMs) =>
        inner.LoadClientSessionAsync(device, name, nowMs);

    public ValueTask RemoveClientSessionAsync(DeviceNumber device, string name) => inner.RemoveClientSessionAsync(device, name);
}
