using Microsoft.Extensions.Logging;
using Restante.Core.Messages;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Audit;

/// <summary>
/// The audit log: every administrative act, and every refusal of authentication or of rights. It only ever grows; nobody can change it or
/// empty it. Who does an act asks <see cref="AdmitAsync"/> first, and answers after <see cref="RecordAsync"/>.
/// </summary>
public sealed class AuditLog
{
    /// <summary>The most entries one page has.</summary>
    public const int MaxPage = 1_000;

    private const int MaxPageBytes = 1024 * 1024;
    private const string InDoubt = "perhaps it was done";

    private readonly IStreamStore _store;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly AuditWriter _writer;
    private readonly RefusalFold _refusals;

    internal AuditLog(IStreamStore store, TimeProvider time, CoreMetrics metrics, AuditLimits limits, ILogger log)
    {
        _store = store;
        _time = time;
        _metrics = metrics;
        _writer = new AuditWriter(store, time, metrics, log);
        _refusals = new RefusalFold(limits);
    }

    /// <summary>Pulses when entries were added.</summary>
    public Signal Added => _writer.Added;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Asks whether acts can be noted, before one is done. A refusal is <c>unavailable</c>: an earlier entry could not be written and still
    /// cannot be.
    /// </summary>
    public async ValueTask<Refusal?> AdmitAsync() =>
        _writer.IsFailing && !await _writer.FlushAsync() ? Refusal.StoreUnavailable : null;

    /// <summary>
    /// Notes an act that was done; durable on return without a refusal. With one, <c>unavailable</c>, the act was done all the same: the
    /// entry is kept in memory and tried again until it is written, and <see cref="AdmitAsync"/> refuses until then.
    /// </summary>
    public async ValueTask<Refusal?> RecordAsync(AuditEntry entry) =>
        await _writer.AddAsync(CountedEntry.One(entry, NowMs)) ? null : Unrecorded;

    /// <summary>
    /// Notes an act or an access that was refused; <see cref="AuditEntry.Refusal"/> says why. Nobody waits for it. The first of its kind
    /// makes an entry at once, those that repeat it are counted and told together at the end of a window, which grows from a minute to an
    /// hour.
    /// </summary>
    public void Refused(AuditEntry entry)
    {
        if (_refusals.Add(entry, NowMs) is CountedEntry first)
            _ = _writer.AddAsync(first);
        else
            _metrics.AuditFolded();
    }

    /// <summary>
    /// Notes an act that was begun and refused; <see cref="AuditEntry.Refusal"/> says why. A change that was refused as
    /// <c>unavailable</c> is in doubt, as the store can fail after it has written: it has an entry of its own that says so, durable
    /// on return as far as the log can be written. Everything else is as <see cref="Refused"/> has it.
    /// </summary>
    /// <param name="entry">The act.</param>
    /// <param name="isChange">False when the act only shows something.</param>
    public async ValueTask NotDoneAsync(AuditEntry entry, bool isChange)
    {
        if (isChange && entry.Refusal == RefusalKind.Unavailable)
            await RecordAsync(entry with { Detail = entry.Detail is null ? InDoubt : $"{InDoubt}: {entry.Detail}" });
        else
            Refused(entry);
    }

    /// <summary>
    /// Waits until everything that was handed in is on disk, trying again what failed. A refusal is <c>unavailable</c>: it cannot be
    /// written.
    /// </summary>
    public async ValueTask<Refusal?> FlushAsync() => await _writer.FlushAsync() ? null : Refusal.StoreUnavailable;

    /// <summary>
    /// Reads entries in their order, all that were handed in before the call included. Refusals: malformed, unavailable.
    /// </summary>
    /// <param name="after">The number of the entry to go on after; 0 for the beginning.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    /// <param name="maxBytes">How many bytes they have together at the most; one is read whatever it has.</param>
    public async ValueTask<Result<AuditPage>> ReadAsync(long after, int max, int maxBytes = MaxPageBytes)
    {
        if (after < 0 || max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} entries, and numbers begin with 1.");
        await _writer.FlushAsync(); // What cannot be written now does not keep anybody from reading what was.
        try
        {
            StreamBatch batch = await _store.ReadAsync(StreamId.Audit, after + 1, max, maxBytes);
            return new AuditPage([.. batch.Records.Select(LineOf)], batch.SkippedByRetention);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>The number of the newest entry; 0 when there never was one. Entries that still wait for the disk are waited for.</summary>
    public async ValueTask<long> FindLastAsync()
    {
        await _writer.FlushAsync();
        return _store.GetInfo(StreamId.Audit).NextSequenceNumber - 1;
    }

    /// <summary>Where the log stands. Refusals: unavailable.</summary>
    public async ValueTask<Result<AuditAnchor>> FindAnchorAsync()
    {
        try
        {
            Result<AuditPage> newest = await ReadAsync(Math.Max(await FindLastAsync() - 1, 0), MaxPage);
            if (!newest.IsSuccess)
                return newest.Refusal;
            return newest.Value.Records is [.., var last]
                ? new AuditAnchor(last.Number, AuditLine.HashOf(last.Line.Span))
                : new AuditAnchor(_store.GetInfo(StreamId.Audit).NextSequenceNumber - 1, AuditLine.NoHash);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Tells what has been counted in windows that are over, tries again what failed, and drops what is past the limits.</summary>
    internal async ValueTask SweepAsync()
    {
        foreach (CountedEntry counted in _refusals.TakeDue(NowMs))
            _ = _writer.AddAsync(counted);
        await _writer.FlushAsync();
    }

    /// <summary>Drops what is past the limits. Fails as the store does.</summary>
    internal async ValueTask EnforceRetentionAsync() => await _store.EnforceRetentionAsync(NowMs);

    /// <summary>The gateway stops: what has been counted is told now.</summary>
    internal async ValueTask CloseAsync()
    {
        foreach (CountedEntry counted in _refusals.TakeAll())
            _ = _writer.AddAsync(counted);
        await _writer.FlushAsync();
    }

    private static Refusal Unrecorded { get; } = new(
        RefusalKind.Unavailable,
        "It was done, but the audit log cannot be written now; it is noted when that is possible again.");

    private static AuditRecord LineOf(StreamRecord record) => new(record.SequenceNumber, MessageContent.Decode(record.Content).Body);
}
