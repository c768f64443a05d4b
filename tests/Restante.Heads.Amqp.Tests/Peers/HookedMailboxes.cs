using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Tests.Peers;

internal sealed class HookedMailboxes(IMailboxStore inner, Hooks hooks) : IMailboxStore
{
    public MailboxTotals Totals => inner.Totals;

    // Contents are copied before the call returns, as the port promises, also when the call waits.
    public ValueTask<EnqueueResult[]> EnqueueAsync(ReadOnlyMemory<EnqueueItem> items, long nowMs)
    {
        EnqueueItem[] copies = [.. items.ToArray().Select(item => item with { Content = item.Content.ToArray() })];
        return hooks.Run("enqueue", () => inner.EnqueueAsync(copies, nowMs));
    }

    public ValueTask<OpenedSession?> OpenSessionAsync(DeviceNumber device, long nowMs) =>
        hooks.Run("open", () => inner.OpenSessionAsync(device, nowMs));

    public ValueTask<IReadOnlyList<EndedMessage>> CloseSessionAsync(DeviceNumber device, SessionEpoch epoch, long nowMs) =>
        hooks.Run("close", () => inner.CloseSessionAsync(device, epoch, nowMs));

    public ValueTask<IReadOnlyList<EndedMessage>> ReturnAsync(
        DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<LeaseId> leases, long nowMs) =>
        hooks.Run("return", () => inner.ReturnAsync(device, epoch, leases, nowMs));

    public ValueTask<CancelResult> CancelAsync(Sequence sequence, string reason, long nowMs) => inner.CancelAsync(sequence, reason, nowMs);

    public ValueTask<LeaseResult> LeaseAsync(LeaseRequest request) => hooks.Run("lease", () => inner.LeaseAsync(request));

    public ValueTask<SettleResult[]> SettleAsync(ReadOnlyMemory<SettleItem> items, long nowMs) =>
        hooks.Run("settle", () => inner.SettleAsync(items, nowMs));

    public ValueTask<SweepResult> SweepAsync(long nowMs, int maxItems) => inner.SweepAsync(nowMs, maxItems);

    public ValueTask<IReadOnlyList<BrowsedMessage>> BrowseAsync(DeviceNumber device, Sequence after, int max, long nowMs) =>
        inner.BrowseAsync(device, after, max, nowMs);

    public ValueTask<MailboxInfo> GetInfoAsync(DeviceNumber device) => inner.GetInfoAsync(device);

    public ValueTask<IReadOnlyList<EndedMessage>> PurgeAsync(DeviceNumber device, string reason, long nowMs) =>
        inner.PurgeAsync(device, reason, nowMs);

    public ValueTask<BrowsedMessage?> FindMessageAsync(Sequence sequence, long nowMs) => inner.FindMessageAsync(sequence, nowMs);

    public ValueTask<OutcomeRecord?> FindOutcomeAsync(Sequence sequence) => inner.FindOutcomeAsync(sequence);

    public ValueTask<OutcomeBatch> ReadOutcomesAsync(long after, int max) =>
        hooks.Run("read-outcomes", () => inner.ReadOutcomesAsync(after, max));

    public ValueTask<long> GetCursorAsync(string reader) => hooks.Run("get-cursor", () => inner.GetCursorAsync(reader));

    public async ValueTask SetCursorAsync(string reader, long number, long nowMs) => await hooks.Run("set-cursor", async () =>
    {
        await inner.SetCursorAsync(reader, number, nowMs);
        return true;
    });

    public ValueTask RemoveCursorAsync(string reader) => inner.RemoveCursorAsync(reader);

    public ValueTask RemoveCursorsAsync(string prefix) => inner.RemoveCursorsAsync(prefix);
}
