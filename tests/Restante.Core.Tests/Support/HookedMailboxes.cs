using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Core.Tests.Support;

/// <summary>Passes every call on; before and after each one the test may wait, fail or look, by the verb's name.</summary>
internal sealed class HookedMailboxes(IMailboxStore inner) : IMailboxStore
{
    public Func<string, Task>? Before { get; set; }

    public Func<string, Task>? After { get; set; }

    public MailboxTotals Totals => inner.Totals;

    public ValueTask<EnqueueResult[]> EnqueueAsync(ReadOnlyMemory<EnqueueItem> items, long nowMs) =>
        Run("enqueue", () => inner.EnqueueAsync(items, nowMs));

    public ValueTask<OpenedSession?> OpenSessionAsync(DeviceNumber device, long nowMs) =>
        Run("open", () => inner.OpenSessionAsync(device, nowMs));

    public ValueTask<IReadOnlyList<EndedMessage>> CloseSessionAsync(DeviceNumber device, SessionEpoch epoch, long nowMs) =>
        Run("close", () => inner.CloseSessionAsync(device, epoch, nowMs));

    public ValueTask<IReadOnlyList<EndedMessage>> ReturnAsync(
        DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<LeaseId> leases, long nowMs) =>
        Run("return", () => inner.ReturnAsync(device, epoch, leases, nowMs));

    public ValueTask<CancelResult> CancelAsync(Sequence sequence, string reason, long nowMs) =>
        Run("cancel", () => inner.CancelAsync(sequence, reason, nowMs));

    public ValueTask<LeaseResult> LeaseAsync(LeaseRequest request) => Run("lease", () => inner.LeaseAsync(request));

    public ValueTask<SettleResult[]> SettleAsync(ReadOnlyMemory<SettleItem> items, long nowMs) =>
        Run("settle", () => inner.SettleAsync(items, nowMs));

    public ValueTask<SweepResult> SweepAsync(long nowMs, int maxItems) => Run("sweep", () => inner.SweepAsync(nowMs, maxItems));

    public ValueTask<IReadOnlyList<BrowsedMessage>> BrowseAsync(DeviceNumber device, Sequence after, int max, long nowMs) =>
        Run("browse", () => inner.BrowseAsync(device, after, max, nowMs));

    public ValueTask<MailboxInfo> GetInfoAsync(DeviceNumber device) => Run("info", () => inner.GetInfoAsync(device));

    public ValueTask<IReadOnlyList<EndedMessage>> PurgeAsync(DeviceNumber device, string reason, long nowMs) =>
        Run("purge", () => inner.PurgeAsync(device, reason, nowMs));

    public ValueTask<BrowsedMessage?> FindMessageAsync(Sequence sequence, long nowMs) =>
        Run("find-message", () => inner.FindMessageAsync(sequence, nowMs));

    public ValueTask<OutcomeRecord?> FindOutcomeAsync(Sequence sequence) => Run("find-outcome", () => inner.FindOutcomeAsync(sequence));

    public ValueTask<OutcomeBatch> ReadOutcomesAsync(long after, int max) => Run("read", () => inner.ReadOutcomesAsync(after, max));

    public ValueTask<long> GetCursorAsync(string reader) => Run("get-cursor", () => inner.GetCursorAsync(reader));

    public ValueTask SetCursorAsync(string reader, long number, long nowMs) =>
        Run("set-cursor", () => inner.SetCursorAsync(reader, number, nowMs));

    public ValueTask RemoveCursorAsync(string reader) => Run("remove-cursor", () => inner.RemoveCursorAsync(reader));

    public ValueTask RemoveCursorsAsync(string prefix) => Run("remove-cursors", () => inner.RemoveCursorsAsync(prefix));

    private async ValueTask Run(string verb, Func<ValueTask> call) => await Run(verb, async () =>
    {
        await call();
        return true;
    });

    private async ValueTask<T> Run<T>(string verb, Func<ValueTask<T>> call)
    {
        if (Before is not null)
            await Before(verb);
        T result = await call();
        if (After is not null)
            await After(verb);
        return result;
    }
}
