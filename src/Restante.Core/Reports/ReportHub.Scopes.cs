using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Mailboxes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Reports;

/// <content>What services read, as far as their scopes reach.</content>
public sealed partial class ReportHub
{
    /// <summary>
    /// Reads the reports on a command, for a service; a command of a device that it does not see is like none. Refusals: those of
    /// <see cref="ReadAsync(Sequence, int, int, int)"/>.
    /// </summary>
    public async ValueTask<Result<IReadOnlyList<ReportRecord>>> ReadAsync(
        ServicePrincipal by, Sequence command, int from, int max, int maxBytes = MaxBytesPerRead)
    {
        Result<IReadOnlyList<ReportRecord>> read = await ReadAsync(command, from, max, maxBytes);
        if (by.ReachesAll || !read.IsSuccess)
            return read;
        return await CheckAsync(by, command) is Refusal refusal ? refusal : read;
    }

    /// <summary>Reads the feed of all reports, for a service: those that it sees. Refusals: malformed, unavailable.</summary>
    public async ValueTask<Result<ReportBatch>> ReadFeedAsync(ServicePrincipal by, long after, int max)
    {
        if (by.ReachesAll || after < 0 || max is < 1 or > MaxPage)
            return await ReadFeedAsync(after, max);
        try
        {
            long last = 0;
            ScopedPage<ReportRecord> page = await ScopedPage<ReportRecord>.ReadAsync(
                after, max, PageBounds.ContentStep, static r => r.FeedNumber, ReadOnAsync, SeenBy(by)!);
            return new ReportBatch(page.Items, page.Skipped, last) { Next = page.Next, IsUnfinished = page.IsUnfinished };

            async ValueTask<FeedBatch<ReportRecord>> ReadOnAsync(long from, int count)
            {
                ReportBatch batch = await _store.ReadFeedAsync(from, count);
                last = batch.LastNumber;
                return new FeedBatch<ReportRecord>(batch.Reports, batch.SkippedByRetention);
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Waits for the final report on a command, for a service; see
    /// <see cref="WaitFinalAsync(Sequence, TimeSpan, CancellationToken)"/>. A command that it does not see is like none.
    /// </summary>
    public async ValueTask<Result<FinalReport>> WaitFinalAsync(
        ServicePrincipal by, Sequence command, TimeSpan patience, CancellationToken cancellation)
    {
        Result<FinalReport> waited = await WaitFinalAsync(command, patience, cancellation);
        if (by.ReachesAll || !waited.IsSuccess)
            return waited;
        return await CheckAsync(by, command) is Refusal refusal ? refusal : waited;
    }

    private Func<ReportRecord, ValueTask<bool>>? SeenBy(ServicePrincipal by) => by.ReachesAll ? null : _scopes.Reading(by).SeesAsync;

    // A command goes from waiting to ended and never back, so looking in this order cannot miss it.
    private async ValueTask<Refusal?> CheckAsync(ServicePrincipal by, Sequence command)
    {
        Result<BrowsedMessage> waiting = await _waiting.FindWaitingAsync(by, command);
        if (waiting.IsSuccess)
            return null;
        if (waiting.Refusal.Kind != RefusalKind.NotFound)
            return waiting.Refusal;
        Result<OutcomeRecord> ended = await _outcomes.FindAsync(by, command);
        if (ended.IsSuccess)
            return null;
        return ended.Refusal.Kind == RefusalKind.NotFound ? NotFound(command) : ended.Refusal;
    }
}
