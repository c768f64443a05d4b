using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Selection;
using Restante.Core.States;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryRegistry(MemoryState state) : IRegistryStore
{
    private const int MaxClientSessionBytes = 64 * 1024;

    public Action<int>? Importing { get; set; }

    public ValueTask<DeviceRecord?> CreateDeviceAsync(NewDevice device, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        return state.ById.ContainsKey(device.Id.Value) ? null : (DeviceRecord?)Create(device, nowMs);
    });

    public ValueTask<IReadOnlyList<DeviceLineResult>> ImportDevicesAsync(
        IReadOnlyList<DeviceLine> lines, bool update, long nowMs, AudienceQuery? reach = null)
    {
        Importing?.Invoke(lines.Count);
        return state.Run<IReadOnlyList<DeviceLineResult>>(() =>
        {
            state.CheckWrite();
            return [.. lines.Select(line => Import(line, update, nowMs, reach))];
        });
    }

    public ValueTask<DeviceRecord?> FindDeviceAsync(DeviceId id) =>
        state.Run(() => state.ById.TryGetValue(id.Value, out MemoryDevice? device) ? device.Record : null);

    public ValueTask<IReadOnlyList<DeviceRecord>> ListDevicesAsync(
        DeviceId? after, int max, AudienceQuery? audience = null, Looker looker = default) =>
        state.Run<IReadOnlyList<DeviceRecord>>(() =>
        {
            if (audience is not null)
                looker.Cancellation.ThrowIfCancellationRequested();
            ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(max, 1_000);
            return
            [
                .. state.ById.Values.Select(d => d.Record)
                    .Where(d => (after is null || d.Id.CompareTo(after.Value) > 0) && audience?.Matches(d) != false).Take(max),
            ];
        });

    public ValueTask<DeviceSearch> SearchDevicesAsync(
        DeviceId? after, int max, int maxLookedAt, AudienceQuery audience, Looker looker = default) =>
        state.Run(() =>
        {
            looker.Cancellation.ThrowIfCancellationRequested();
            ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(max, 1_000);
            ArgumentOutOfRangeException.ThrowIfLessThan(maxLookedAt, 1);
            var found = new List<DeviceRecord>();
            int lookedAt = 0;
            foreach (DeviceRecord device in state.ById.Values.Select(d => d.Record).Where(d => after is null || d.Id.CompareTo(after.Value) > 0))
            {
                lookedAt++;
                if (audience.Matches(device))
                    found.Add(device);
                if (found.Count == max || lookedAt == maxLookedAt)
                    return new DeviceSearch(found, device.Id, lookedAt);
            }

            return new DeviceSearch(found, null, lookedAt);
        });

    public ValueTask<long> CountDevicesAsync(AudienceQuery? audience = null, Looker looker = default) => state.Run(() =>
    {
        if (audience is not null)
            looker.Cancellation.ThrowIfCancellationRequested();
        return (long)state.ById.Values.Count(d => audience?.Matches(d.Record) != false);
    });

    public ValueTask<IReadOnlyList<DeviceNumber>?> ListMembersAsync(IReadOnlyList<string> groups, int max) => state.Run(() =>
    {
        if (groups.Count == 0)
            return null;
        DeviceNumber[] members = groups
            .Select(g => state.ById.Values.Where(d => d.Record.Groups.Contains(g)).Select(d => d.Record.Number).ToArray())
            .MinBy(m => m.Length)!;
        return (IReadOnlyList<DeviceNumber>?)(members.Length > max ? null : members);
    });

    public ValueTask<DeviceUpdateResult> UpdateDeviceAsync(DeviceId id, DeviceUpdate update, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        return Update(id, update, nowMs);
    });

    public ValueTask<RemovedDevice?> RemoveDeviceAsync(DeviceId id, long? ifVersion, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        if (!state.ById.TryGetValue(id.Value, out MemoryDevice? device))
            return null;
        if (ifVersion is long expected && expected != device.Record.Version)
            return new RemovedDevice(DeviceUpdateStatus.VersionMismatch, device.Record, []);
        List<MemoryMessage> messages = [.. device.Messages.Values];
        List<EndedMessage> ended = messages.ConvertAll(m => state.End(device, m, Outcome.DeviceRemoved, null, nowMs));
        state.EndInquiriesOf(device.Record.Number.Value, nowMs);
        MemoryIssuers.RevokeAll(state, device.Record.Number, nowMs);
        foreach (MemoryDevice child in state.ById.Values.Where(d => d.Record.Gateway == id))
            child.Record = child.Record with { Gateway = null, ChangedAtMs = nowMs, Version = child.Record.Version + 1 };
        state.ById.Remove(id.Value);
        state.ByNumber.Remove(device.Record.Number.Value);
        return (RemovedDevice?)new RemovedDevice(DeviceUpdateStatus.Updated, device.Record, ended);
    });

    public ValueTask PutPolicyAsync(PolicyRecord policy) => state.Run(() =>
    {
        state.CheckWrite();
        state.Policies[policy.Name] = policy;
    });

    public ValueTask<PolicyRecord?> FindPolicyAsync(string name) => state.Run(() => state.Policies.GetValueOrDefault(name));

    public ValueTask<IReadOnlyList<PolicyRecord>> ListPoliciesAsync() =>
        state.Run<IReadOnlyList<PolicyRecord>>(() => [.. state.Policies.Values]);

    public ValueTask<bool> RemovePolicyAsync(string name) => state.Run(() =>
    {
        state.CheckWrite();
        return state.Policies.Remove(name);
    });

    public ValueTask<IReadOnlyList<string>> SaveClientSessionAsync(
        DeviceNumber device, string name, ReadOnlyMemory<byte> content, long expiresAtMs)
    {
        byte[] copy = content.ToArray();
        return state.Run<IReadOnlyList<string>>(() =>
        {
            if (copy.Length > MaxClientSessionBytes)
                throw new ArgumentException("The state of a client session has at most 64 KiB.", nameof(content));
            state.CheckWrite();
            if (!state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found))
                return [];
            found.ClientSessions.RemoveAll(s => s.Name == name);
            found.ClientSessions.Add((name, copy, expiresAtMs));
            string[] dropped = [.. found.ClientSessions.SkipLast(ClientSessions.MaxPerDevice).Select(s => s.Name)];
            found.ClientSessions.RemoveRange(0, dropped.Length);
            return dropped;
        });
    }

    public ValueTask<byte[]?> LoadClientSessionAsync(DeviceNumber device, string name, long nowMs) => state.Run(() =>
    {
        if (!state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found))
            return null;
        int at = found.ClientSessions.FindIndex(s => s.Name == name && nowMs < s.ExpiresAtMs);
        return at < 0 ? null : (byte[]?)found.ClientSessions[at].State.Clone();
    });

    public ValueTask RemoveClientSessionAsync(DeviceNumber device, string name) => state.Run(() =>
    {
        state.CheckWrite();
        if (state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found))
            found.ClientSessions.RemoveAll(s => s.Name == name);
    });

    /// <summary>Creates a device whose id is free.</summary>
    public DeviceRecord Create(NewDevice device, long nowMs)
    {
        var record = new DeviceRecord
        {
            Id = device.Id,
            Number = state.NextDevice(),
            Status = device.Status,
            Primary = device.Primary,
            Secondary = device.Secondary,
            CreatedAtMs = nowMs,
            ChangedAtMs = nowMs,
            Version = 1,
            Tags = device.Tags,
            Groups = device.Groups,
            Gateway = device.Gateway,
        };
        var created = new MemoryDevice { Record = record };
        if (!device.Desired.IsEmpty)
            created.State = created.State with { Desired = new StateContent(1, nowMs, device.Desired.ToArray()) };
        state.ById.Add(device.Id.Value, created);
        state.ByNumber.Add(record.Number.Value, created);
        return record;
    }

    private DeviceLineResult Import(DeviceLine line, bool update, long nowMs, AudienceQuery? reach)
    {
        DeviceRecord? there = state.ById.GetValueOrDefault(line.Device.Id.Value)?.Record;
        DeviceRecord? gateway = line.Device.Gateway is DeviceId acting ? state.ById.GetValueOrDefault(acting.Value)?.Record : null;
        DeviceLineResult result = line.Decide(there, gateway, update, reach);
        return result.Status switch
        {
            DeviceLineStatus.Created => result with { Device = Create(line.Device, nowMs) },
            DeviceLineStatus.Changed => result with { Device = Update(line.Device.Id, result.Change!, nowMs).Device },
            _ => result,
        };
    }

    private DeviceUpdateResult Update(DeviceId id, DeviceUpdate update, long nowMs)
    {
        if (!state.ById.TryGetValue(id.Value, out MemoryDevice? device))
            return new DeviceUpdateResult(DeviceUpdateStatus.NotFound, null);
        DeviceRecord old = device.Record;
        if (update.IfVersion is long expected && expected != old.Version)
            return new DeviceUpdateResult(DeviceUpdateStatus.VersionMismatch, old);
        if (update.Gateway is DeviceId gateway && !state.ById.ContainsKey(gateway.Value))
            return new DeviceUpdateResult(DeviceUpdateStatus.GatewayNotFound, old);
        device.Record = old with
        {
            Status = update.Status ?? old.Status,
            Primary = update.Primary ?? old.Primary,
            Secondary = update.Secondary ?? old.Secondary,
            Tags = update.Tags ?? old.Tags,
            Groups = update.Groups ?? old.Groups,
            Gateway = update.RemoveGateway ? null : update.Gateway ?? old.Gateway,
            ChangedAtMs = nowMs,
            Version = old.Version + 1,
        };
        return new DeviceUpdateResult(DeviceUpdateStatus.Updated, device.Record);
    }
}
