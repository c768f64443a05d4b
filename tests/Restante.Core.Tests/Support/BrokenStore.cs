using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Storage.Conformance.Memory;

namespace Restante.Core.Tests.Support;

/// <summary>
/// A store whose registry cannot even be read; or, when it is not broken, one that knows a single device, counts how often it is asked,
/// and lists its policies when the test lets it.
/// </summary>
internal sealed class BrokenStore : IGatewayStore, IRegistryStore
{
    private readonly MemoryGatewayStore _memory = new();

    private readonly Dictionary<string, PolicyRecord> _policies = [];

    public bool Broken { get; set; } = true;

    /// <summary>What listing the policies waits for before it answers with what there was when it was called.</summary>
    public Task Listing { get; set; } = Task.CompletedTask;

    /// <summary>What happens while an entry is read.</summary>
    public Action Reading { get; set; } = () => { };

    public int Asked { get; private set; }

    public IRegistryStore Registry => this;

    public IMailboxStore Mailboxes => _memory.Mailboxes;

    public IShelfStore Shelf => _memory.Shelf;

    public IAuthorityStore Authorities => _memory.Authorities;

    public IEnrolmentStore Enrolments => _memory.Enrolments;

    public IIssuerStore Issuers => _memory.Issuers;

    public IReportStore Reports => _memory.Reports;

    public INotificationStore Notifications => _memory.Notifications;

    public IInquiryStore Inquiries => _memory.Inquiries;

    public IStateStore States => _memory.States;

    public IJobStore Jobs => _memory.Jobs;

    public ICheckpointStore Checkpoints => _memory.Checkpoints;

    public IHistoryStore History => _memory.History;

    public IStreamStore Streams => _memory.Streams;

    public IStreamStore Audit => _memory.Audit;

    public ValueTask<DeviceRecord?> FindDeviceAsync(DeviceId id)
    {
        Check();
        return ValueTask.FromResult(id.Value != "known" ? null : new DeviceRecord
        {
            Id = id,
            Number = new DeviceNumber(1),
            Status = DeviceStatus.Enabled,
            Primary = SymmetricKey.Generate(),
            Secondary = SymmetricKey.Generate(),
            CreatedAtMs = 0,
            ChangedAtMs = 0,
            Version = 1,
        });
    }

    public ValueTask<PolicyRecord?> FindPolicyAsync(string name)
    {
        Check();
        return ValueTask.FromResult(_policies.GetValueOrDefault(name));
    }

    public ValueTask<DeviceRecord?> CreateDeviceAsync(NewDevice device, long nowMs) => throw Refusal();

    public ValueTask<IReadOnlyList<DeviceLineResult>> ImportDevicesAsync(
        IReadOnlyList<DeviceLine> lines, bool update, long nowMs, AudienceQuery? reach = null) => throw Refusal();

    public ValueTask<IReadOnlyList<DeviceRecord>> ListDevicesAsync(
        DeviceId? after, int max, AudienceQuery? audience = null, Looker looker = default) => throw Refusal();

    public ValueTask<DeviceSearch> SearchDevicesAsync(
        DeviceId? after, int max, int maxLookedAt, AudienceQuery audience, Looker looker = default) => throw Refusal();

    public ValueTask<long> CountDevicesAsync(AudienceQuery? audience = null, Looker looker = default) => throw Refusal();

    public ValueTask<IReadOnlyList<DeviceNumber>?> ListMembersAsync(IReadOnlyList<string> groups, int max) => throw Refusal();

    public ValueTask<DeviceUpdateResult> UpdateDeviceAsync(DeviceId id, DeviceUpdate update, long nowMs) => throw Refusal();

    public ValueTask<RemovedDevice?> RemoveDeviceAsync(DeviceId id, long? ifVersion, long nowMs) => throw Refusal();

    public ValueTask PutPolicyAsync(PolicyRecord policy)
    {
        Check();
        _policies[policy.Name] = policy;
        return ValueTask.CompletedTask;
    }

    public async ValueTask<IReadOnlyList<PolicyRecord>> ListPoliciesAsync()
    {
        Check();
        PolicyRecord[] all = [.. _policies.Values];
        await Listing;
        return all;
    }

    public ValueTask<bool> RemovePolicyAsync(string name) => throw Refusal();

    public ValueTask<IReadOnlyList<string>> SaveClientSessionAsync(
        DeviceNumber device, string name, ReadOnlyMemory<byte> state, long expiresAtMs) => throw Refusal();

    public ValueTask<byte[]?> LoadClientSessionAsync(DeviceNumber device, string name, long nowMs) => throw Refusal();

    public ValueTask RemoveClientSessionAsync(DeviceNumber device, string name) => throw Refusal();

    public ValueTask DisposeAsync() => _memory.DisposeAsync();

    private static StoreUnavailableException Refusal() => new("The registry cannot be read.");

    private void Check()
    {
        Asked++;
        Reading();
        if (Broken)
            throw Refusal();
    }
}
