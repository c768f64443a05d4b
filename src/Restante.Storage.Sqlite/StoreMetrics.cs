using System.Diagnostics.Metrics;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite;

/// <summary>The instruments of the store, in the meter <c>Restante.Storage</c>.</summary>
internal sealed class StoreMetrics : IDisposable
{
    private readonly Meter _meter = new("Restante.Storage");
    private readonly Counter<long> _commits;
    private readonly Counter<long> _written;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _unreadable;
    private readonly Counter<long> _sealedAnew;
    private readonly Counter<long> _historyLost;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _duration;

    public StoreMetrics()
    {
        _commits = _meter.CreateCounter<long>("restante.storage.commits", "{commit}", "Durable transactions.");
        _written = _meter.CreateCounter<long>(
            "restante.storage.written", "By", "Pages that durable transactions wrote into the write-ahead log.");
        _failures = _meter.CreateCounter<long>(
            "restante.storage.failures", "{call}", "Calls that failed because their transaction failed.");
        _refused = _meter.CreateCounter<long>(
            "restante.storage.refused", "{call}", "Calls refused because too much waited, or the store was closing.");
        _damaged = _meter.CreateCounter<long>(
            "restante.storage.damaged", "{message}", "Messages whose stored bytes did not match their checksum.");
        _unreadable = _meter.CreateCounter<long>(
            "restante.secrets.unreadable", "{read}", "Reads of a credential that does not open under the master keys.");
        _sealedAnew = _meter.CreateCounter<long>(
            "restante.secrets.resealed", "{secret}", "Secrets that were sealed anew because the master key had changed.");
        _historyLost = _meter.CreateCounter<long>(
            "restante.history.lost", "{entry}", "Entries of the history dropped because too many waited for the disk.");
        _batch = _meter.CreateHistogram<int>("restante.storage.commit.calls", "{call}", "Calls in one transaction.");
        _duration = _meter.CreateHistogram<double>("restante.storage.commit.duration", "s", "Time of one transaction, its sync included.");
    }

    /// <summary>Adds what is looked at on demand.</summary>
    public void Observe(
        Func<int> queued, Func<MailboxTotals> totals, Func<long> walBytes, Func<long> shelfOverflows, Func<long> idOverflows)
    {
        _meter.CreateObservableGauge("restante.storage.queue", queued, "{call}", "Calls that wait for the disk.");
        _meter.CreateObservableGauge("restante.storage.mailboxes", () => totals().Mailboxes, "{mailbox}", "Mailboxes that hold a message.");
        _meter.CreateObservableGauge("restante.storage.messages", () => totals().Messages, "{message}", "Messages in all mailboxes.");
        _meter.CreateObservableGauge(
            "restante.storage.messages.leased", () => totals().Leased, "{message}", "Messages in the hands of receivers.");
        _meter.CreateObservableGauge("restante.storage.messages.size", () => totals().Bytes, "By", "Contents in all mailboxes.");
        _meter.CreateObservableGauge("restante.storage.wal.size", walBytes, "By", "Write-ahead log still needed.");
        _meter.CreateObservableCounter(
            "restante.storage.shelf.overflows", shelfOverflows, "{message}", "Shelved messages that went because their shelf was full.");
        _meter.CreateObservableCounter(
            "restante.storage.ids.overflows",
            idOverflows,
            "{id}",
            "Message-ids of commands that were forgotten early because there were too many.");
    }

    public void Committed(int calls, long bytes, TimeSpan duration)
    {
        _commits.Add(1);
        _written.Add(bytes);
        _batch.Record(calls);
        _duration.Record(duration.TotalSeconds);
    }

    public void Failed(int calls) => _failures.Add(calls);

    public void Refused() => _refused.Add(1);

    public void Damaged() => _damaged.Add(1);

    public void SecretUnreadable() => _unreadable.Add(1);

    public void SealedAnew(int secrets) => _sealedAnew.Add(secrets);

    public void HistoryLost() => _historyLost.Add(1);

    /// <summary>Adds what is looked at of the history.</summary>
    public void ObserveHistory(Func<long> entries) =>
        _meter.CreateObservableGauge(
            "restante.history.entries", entries, "{entry}", "Entries of the history, those that wait for the disk included.");

    /// <summary>Adds what is looked at of the index of groups.</summary>
    public void ObserveGroups(Func<long> memberships) => _meter.CreateObservableGauge(
        "restante.storage.memberships", memberships, "{membership}", "Memberships of devices in groups that are known in memory.");

    /// <summary>Adds what is looked at of the looks through the devices.</summary>
    public void ObserveLooks(Func<long> looks, Func<int> inLine)
    {
        _meter.CreateObservableCounter(
            "restante.storage.looks", looks, "{look}", "Looks through devices for audiences, at a few hundred of them each.");
        _meter.CreateObservableGauge(
            "restante.storage.looks.in_line", inLine, "{look}", "Looks through devices that are made or wait for their turn.");
    }

    /// <summary>Adds what is looked at of the master keys.</summary>
    public void ObserveMasterKeys(Func<int> old) => _meter.CreateObservableGauge(
        "restante.secrets.keys.old", old, "{key}", "Old master keys that secrets in the store may still be sealed with.");

    public void Dispose() => _meter.Dispose();
}
