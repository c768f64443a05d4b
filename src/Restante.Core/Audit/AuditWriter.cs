using Microsoft.Extensions.Logging;
using Restante.Core.Messages;
using Restante.Core.Metrics;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Audit;

/// <summary>
/// Appends entries to the log, one batch at a time, as each line holds the hash of the one before. What cannot be written stays and is
/// tried again; at most <see cref="MaxWaiting"/> entries wait. One that the store can never take gives its place to one that says so.
/// </summary>
internal sealed class AuditWriter(IStreamStore store, TimeProvider time, CoreMetrics metrics, ILogger log)
{
    /// <summary>Entries that wait for the disk; further ones are not taken.</summary>
    public const int MaxWaiting = 10_000;

    private const int MaxBatch = 256;

    // What a store takes as the source and the channel of a record.
    private const int MaxNameLength = 128;

    private static readonly TimeSpan s_logPeriod = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiting> _waiting = [];
    private string? _hash;
    private bool _writing;
    private bool _failing;
    private long? _logged;

    /// <summary>Pulses when entries were added.</summary>
    public Signal Added { get; } = new();

    /// <summary>True when the last write has failed and its entries still wait.</summary>
    public bool IsFailing
    {
        get
        {
            lock (_gate)
                return _failing;
        }
    }

    /// <summary>Hands an entry in.</summary>
    /// <returns>Whether it is on disk; an entry that is not stays and is tried again, unless too many wait.</returns>
    public Task<bool> AddAsync(in CountedEntry entry)
    {
        Task<bool> told;
        lock (_gate)
        {
            if (_waiting.Count >= MaxWaiting)
            {
                metrics.AuditLost();
                return Task.FromResult(false);
            }

            told = _waiting.AddLast(new Waiting(entry)).Value.Told.Task;
            if (_failing && !_writing)
                return Task.FromResult(false); // It is tried again when somebody flushes, not with every entry that comes.
            if (_writing)
                return told;
            _writing = true;
        }

        _ = WriteAsync();
        return told;
    }

    /// <summary>Waits until everything that was handed in is on disk, trying again what failed. False when it cannot be written.</summary>
    public Task<bool> FlushAsync()
    {
        Task<bool> told;
        lock (_gate)
        {
            if (_waiting.Last is not { } last)
                return Task.FromResult(true);
            told = last.Value.Told.Task;
            if (_writing)
                return told;
            _writing = true;
        }

        _ = WriteAsync();
        return told;
    }

    /// <summary>The hash of the newest line. Fails as the store does. Not while anything is being written.</summary>
    public async ValueTask<string> FindHashAsync()
    {
        StreamInfo info = store.GetInfo(StreamId.Audit);
        if (info.NextSequenceNumber == info.FirstSequenceNumber)
            return AuditLine.NoHash;
        StreamBatch last = await store.ReadAsync(StreamId.Audit, info.NextSequenceNumber - 1, 1, 0);
        return last.Records.Count == 0 ? AuditLine.NoHash : AuditLine.HashOf(MessageContent.Decode(last.Records[0].Content).Body.Span);
    }

    private async Task WriteAsync()
    {
        int most = MaxBatch;
        while (true)
        {
            Waiting[] batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _writing = false;
                    return;
                }

                batch = [.. _waiting.Take(most)];
            }

            Exception? fault = await TryAppendAsync(batch);
            if (fault is ArgumentException && FindUnfit(batch, fault, ref most))
                continue;
            bool written = fault is null;
            if (!written)
                Failed(fault!);
            lock (_gate)
            {
                _failing = !written;
                if (written)
                {
                    for (int i = 0; i < batch.Length; i++)
                        _waiting.RemoveFirst();
                }
                else
                {
                    _writing = false;
                    batch = Renew();
                }
            }

            if (written)
                Added.Pulse();
            foreach (Waiting one in batch)
                one.Told.SetResult(written);
            if (!written)
                return;
        }
    }

    // Called under the gate. Who waits is told, the entries go on waiting.
    private Waiting[] Renew()
    {
        Waiting[] told = [.. _waiting];
        _waiting.Clear();
        foreach (Waiting one in told)
            _waiting.AddLast(new Waiting(one.Entry));
        return told;
    }

    // The store takes no such record, now or ever. Which one it is shows when they are written one at a time.
    private bool FindUnfit(Waiting[] batch, Exception fault, ref int most)
    {
        if (batch.Length > 1)
        {
            most = 1;
            return true;
        }

        if (!batch[0].Replace())
            return false;
        most = MaxBatch;
        metrics.AuditReplaced();
        Log.AuditReplaced(log, fault);
        return true;
    }

    private void Failed(Exception fault)
    {
        metrics.AuditFailed();
        if (_logged is long logged && time.GetElapsedTime(logged) < s_logPeriod)
            return;
        _logged = time.GetTimestamp();
        if (fault is StoreUnavailableException)
            Log.AuditPostponed(log, fault.Message);
        else
            Log.AuditFailed(log, fault);
    }

    private async ValueTask<Exception?> TryAppendAsync(Waiting[] batch)
    {
        try
        {
            string hash = _hash ??= await FindHashAsync();
            StreamAppend[] items = Lines(batch, store.GetInfo(StreamId.Audit).NextSequenceNumber, ref hash);
            await store.AppendAsync(items, time.GetUtcNow().ToUnixTimeMilliseconds());
            _hash = hash;
            foreach (Waiting one in batch)
                metrics.Audited(one.Entry.Entry.Refusal is not null);
            return null;
        }
#pragma warning disable CA1031 // Nobody awaits the writer: whatever goes wrong, those who wait must be told, and the entries be kept.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _hash = null; // It is read again, so that nothing is chained to what may not be there.
            return e;
        }
    }

    // What makes no line now makes none the next time either, whatever the fault is: to the caller it is as what the store never takes.
    private static StreamAppend[] Lines(Waiting[] batch, long number, ref string hash)
    {
        try
        {
            var items = new StreamAppend[batch.Length];
            for (int i = 0; i < items.Length; i++)
            {
                CountedEntry entry = batch[i].Entry;
                byte[] line = AuditLine.Write(entry, number + i, hash);
                hash = AuditLine.HashOf(line);
                string act = AuditEntry.Cut(entry.Entry.Act, MaxNameLength);
                items[i] = new StreamAppend(StreamId.Audit, SourceOf(entry.Entry.By), act, ContentOf(line, act));
            }

            return items;
        }
        catch (Exception e) when (e is not (ArgumentException or OutOfMemoryException))
        {
            throw new ArgumentException("An entry makes no line.", e);
        }
    }

    private static string SourceOf(AuditActor by) =>
        AuditEntry.Cut(string.IsNullOrEmpty(by.Name) ? by.Kind : by.Name, MaxNameLength);

    private static byte[] ContentOf(byte[] line, string act) =>
        new MessageContent { Body = line, BodyKind = BodyKind.Text, ContentType = "application/json", Subject = act }.Encode();

    private sealed class Waiting(CountedEntry entry)
    {
        private bool _isReplaced;

        public CountedEntry Entry { get; private set; } = entry;

        // Who waits goes on by itself: what it does next must not hold up the entries of others.
        public TaskCompletionSource<bool> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Puts in its place an entry that says that there was one; false when that is done already.</summary>
        public bool Replace()
        {
            if (_isReplaced)
                return false;
            _isReplaced = true;
            Entry = Entry with
            {
                Entry = new AuditEntry
                {
                    Act = "replaceEntry",
                    By = AuditActor.Gateway,
                    Refusal = Entry.Entry.Refusal,
                    Detail = $"an entry by {Entry.Entry.By.Kind} that the log cannot hold",
                },
            };
            return true;
        }
    }
}
