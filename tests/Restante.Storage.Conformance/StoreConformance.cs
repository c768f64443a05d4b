using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>What the suites share: a store, a clock that stands still, and short words for the verbs.</summary>
public abstract class StoreConformance : IAsyncLifetime
{
    private StoreHarness? _harness;
    private IGatewayStore? _store;

    /// <summary>Small limits, so that they are reached.</summary>
    protected virtual MailboxLimits Limits { get; } =
        new() { MaxDepth = 5, MaxBytes = 1_000, MaxDeliveries = 3, OutcomeRetentionMs = 10_000, RedeliveryDelayMs = 0 };

    /// <summary>The time that goes with the next calls, in milliseconds.</summary>
    protected long Now { get; set; } = 1_000_000;

    /// <summary>The store under test.</summary>
    protected IGatewayStore Store => _store!;

    /// <summary>Its mailboxes.</summary>
    protected IMailboxStore Mailboxes => Store.Mailboxes;

    /// <summary>Its registry.</summary>
    protected IRegistryStore Registry => Store.Registry;

    /// <summary>True when <see cref="RestartAsync"/> works.</summary>
    protected bool CanRestart => _harness!.CanRestart;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _harness = CreateHarness();
        _store = await _harness.OpenAsync(Limits);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await _harness!.DisposeAsync();
    }

    /// <summary>A harness with no data.</summary>
    protected abstract StoreHarness CreateHarness();

    /// <summary>Closes the store and opens it again.</summary>
    protected async Task RestartAsync()
    {
        await Store.DisposeAsync();
        _store = await _harness!.OpenAsync(Limits);
    }

    /// <summary>Creates an enabled device with fresh keys.</summary>
    protected async Task<DeviceRecord> DeviceAsync(string id = "truck-17")
    {
        var device = new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate());
        DeviceRecord? created = await Registry.CreateDeviceAsync(device, Now);
        Assert.NotNull(created);
        return created;
    }

    /// <summary>A message of one byte value.</summary>
    protected static EnqueueItem Item(string device, byte fill = 1, int size = 10, long expiresAtMs = long.MaxValue, string? messageId = null) => new()
    {
        Device = DeviceId.Parse(device),
        Kind = MessageKind.Command,
        Content = Enumerable.Repeat(fill, size).ToArray(),
        ExpiresAtMs = expiresAtMs,
        MessageId = messageId,
        Sender = "owner",
    };

    /// <summary>Enqueues one message that is taken.</summary>
    protected async Task<Sequence> SendAsync(string device = "truck-17", byte fill = 1, int size = 10, long expiresAtMs = long.MaxValue)
    {
        EnqueueResult[] results = await Mailboxes.EnqueueAsync(new[] { Item(device, fill, size, expiresAtMs) }, Now);
        Assert.Equal(EnqueueStatus.Enqueued, Assert.Single(results).Status);
        return results[0].Sequence;
    }

    /// <summary>Enqueues one message.</summary>
    protected async Task<EnqueueResult> EnqueueAsync(EnqueueItem item) => Assert.Single(await Mailboxes.EnqueueAsync(new[] { item }, Now));

    /// <summary>Opens a session of a device that exists.</summary>
    protected async Task<SessionEpoch> OpenAsync(DeviceRecord device)
    {
        OpenedSession? opened = await Mailboxes.OpenSessionAsync(device.Number, Now);
        Assert.NotNull(opened);
        return opened.Value.Epoch;
    }

    /// <summary>Leases from a mailbox that is held.</summary>
    protected async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(
        DeviceRecord device, SessionEpoch epoch, int max = 100, int maxBytes = int.MaxValue, long durationMs = 1_000)
    {
        LeaseResult result = await Mailboxes.LeaseAsync(new LeaseRequest(device.Number, epoch, max, maxBytes, Now, durationMs));
        Assert.False(result.HeldByOther);
        return result.Messages;
    }

    /// <summary>Settles one lease.</summary>
    protected async Task<SettleResult> SettleAsync(
        DeviceRecord device, SessionEpoch epoch, LeaseId lease, SettleVerb verb, string? reason = null, long leaseDurationMs = 1_000)
    {
        var items = new[] { new SettleItem(device.Number, epoch, lease, verb, reason, leaseDurationMs) };
        return Assert.Single(await Mailboxes.SettleAsync(items, Now));
    }

    /// <summary>Sweeps until nothing is left to do, and adds the results up.</summary>
    protected async Task<SweepResult> SweepAsync(int maxItems = 1_000)
    {
        var sum = new SweepResult([], [], 0, 0, [], false);
        SweepResult one;
        do
        {
            one = await Mailboxes.SweepAsync(Now, maxItems);
            sum = new SweepResult(
                [.. sum.Ended, .. one.Ended], [.. sum.Lapses, .. one.Lapses], sum.OutcomesDropped + one.OutcomesDropped,
                sum.ShelvedDropped + one.ShelvedDropped, [.. sum.DevicesWithMail.Union(one.DevicesWithMail)], false);
        }
        while (one.More);
        return sum;
    }

    /// <summary>How a message ended; null when it has not.</summary>
    protected async Task<Outcome?> OutcomeAsync(Sequence sequence) => (await Mailboxes.FindOutcomeAsync(sequence))?.Outcome;
}
