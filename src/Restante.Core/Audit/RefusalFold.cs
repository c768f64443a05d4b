using Restante.Core.Access;

namespace Restante.Core.Audit;

/// <summary>
/// Keeps refusals from flooding the log and from hiding each other. The first of who, where from, what and why is told at once; repeated
/// ones are counted and told together after a minute, then two, four and so on up to an hour while they go on. How many are told in an hour
/// is bounded: for a principal (or for an address, of those who have not proved who they are), and for all services, all devices and all
/// addresses apart, so that devices, which anybody may have stolen, hide nothing of what services do.
/// What is beyond is counted together: of one principal or address, or else of all.
/// </summary>
internal sealed class RefusalFold(AuditLimits limits)
{
    /// <summary>Kinds of refusals that are counted at the same time, of services, devices and addresses apart.</summary>
    public const int MaxCounted = 4_096;

    /// <summary>What stands for acts that are counted together.</summary>
    public const string SeveralActs = "several";

    private const long FirstWindowMs = 60_000;
    private const long LongestWindowMs = 3_600_000;

    private readonly Lock _gate = new();
    private readonly Pool _services = new();
    private readonly Pool _devices = new();
    private readonly Pool _claimed = new();

    /// <summary>How many kinds of refusals are counted at present.</summary>
    public int Counted
    {
        get
        {
            lock (_gate)
                return _services.Tallies.Count + _devices.Tallies.Count + _claimed.Tallies.Count;
        }
    }

    /// <summary>Counts a refusal.</summary>
    /// <returns>What is to be told now; null when it is only counted.</returns>
    public CountedEntry? Add(AuditEntry entry, long nowMs)
    {
        // What is kept until it is told is no longer than what is told.
        if (entry.Target?.Length > AuditEntry.MaxTextLength || entry.Detail?.Length > AuditEntry.MaxTextLength)
            entry = entry with { Target = Shortened(entry.Target), Detail = Shortened(entry.Detail) };
        string source = FailureLedger.SourceOf(entry.By.Connection.Peer ?? "");
        string account = entry.By.IsProven ? $"{entry.By.Kind}/{entry.By.Name}" : source;
        string kind = string.Join(
            '\n', entry.By.Kind, entry.By.Name, source, entry.By.Connection.Protocol, entry.Act, entry.Refusal, entry.Detail);
        lock (_gate)
        {
            Pool pool = !entry.By.IsProven ? _claimed : entry.By.Kind == AuditActor.DeviceKind ? _devices : _services;
            pool.Begin(nowMs);
            if (pool.Tallies.TryGetValue(kind, out Tally? tally))
            {
                tally.Add(entry, nowMs);
                return null;
            }

            if (TrySpend(pool, account))
                return Open(pool, kind, entry, nowMs).Take();
            if (pool.Spent.GetValueOrDefault(account) < limits.MaxRefusalsPerSourcePerHour)
                (pool.Others ??= NewTally(nowMs)).Add(Anybody(entry), nowMs);
            else if (pool.Tallies.TryGetValue(account, out tally))
                tally.Add(Several(entry), nowMs);
            else
                Open(pool, account, Several(entry), nowMs);
            return null;
        }
    }

    /// <summary>Takes out what has been counted in the windows that are over. What was quiet for a window is forgotten.</summary>
    public List<CountedEntry> TakeDue(long nowMs)
    {
        var due = new List<CountedEntry>();
        lock (_gate)
        {
            foreach (Pool pool in (ReadOnlySpan<Pool>)[_services, _devices, _claimed])
            {
                pool.Begin(nowMs);
                foreach ((string kind, Tally tally) in pool.Tallies)
                {
                    if (nowMs < tally.EndsMs)
                        continue;
                    if (tally.Count == 0)
                        pool.Tallies.Remove(kind); // Which a dictionary allows while it is walked.
                    else if (pool.Told < limits.MaxRefusalsPerHour)
                        due.Add(Tell(pool, tally, nowMs));
                }

                if (pool.Others is { } others && nowMs >= others.EndsMs)
                {
                    if (others.Count > 0)
                        due.Add(Tell(pool, others, nowMs)); // However much was told: this says that there was more.
                    else
                        pool.Others = null;
                }
            }
        }

        return due;
    }

    /// <summary>Takes out everything that has been counted; what is more than may be told in the hour, together.</summary>
    public List<CountedEntry> TakeAll()
    {
        var taken = new List<CountedEntry>();
        lock (_gate)
        {
            foreach (Pool pool in (ReadOnlySpan<Pool>)[_services, _devices, _claimed])
            {
                Tally others = pool.Others ?? new Tally();
                foreach (Tally tally in pool.Tallies.Values)
                {
                    if (tally.Take() is not CountedEntry entry)
                        continue;
                    if (pool.Told++ < limits.MaxRefusalsPerHour)
                        taken.Add(entry);
                    else
                        others.Add(entry with { Entry = Anybody(entry.Entry) });
                }

                if (others.Take() is CountedEntry together)
                    taken.Add(together);
            }
        }

        return taken;
    }

    private static CountedEntry Tell(Pool pool, Tally tally, long nowMs)
    {
        pool.Told++;
        tally.WindowMs = Math.Min(2 * tally.WindowMs, LongestWindowMs);
        tally.EndsMs = nowMs + tally.WindowMs;
        return tally.Take()!.Value;
    }

    private static Tally Open(Pool pool, string kind, AuditEntry entry, long nowMs)
    {
        Tally tally = NewTally(nowMs);
        pool.Tallies.Add(kind, tally);
        tally.Add(entry, nowMs);
        return tally;
    }

    private static Tally NewTally(long nowMs) => new() { WindowMs = FirstWindowMs, EndsMs = nowMs + FirstWindowMs };

    private static string? Shortened(string? text) => text is null ? null : AuditEntry.Cut(text, AuditEntry.MaxTextLength);

    private static AuditEntry Several(AuditEntry entry) => entry with { Act = SeveralActs, Target = null, Detail = null };

    private static AuditEntry Anybody(AuditEntry entry) => Several(entry) with { By = AuditActor.Claimed(null, null, default) };

    private bool TrySpend(Pool pool, string account)
    {
        int spent = pool.Spent.GetValueOrDefault(account);
        if (spent >= limits.MaxRefusalsPerSourcePerHour || pool.Told >= limits.MaxRefusalsPerHour || pool.Tallies.Count >= MaxCounted)
            return false;
        pool.Spent[account] = spent + 1;
        pool.Told++;
        return true;
    }

    private sealed class Pool
    {
        private long _hour = long.MinValue;

        public Dictionary<string, Tally> Tallies { get; } = new(StringComparer.Ordinal);

        // No more accounts than what may be told in an hour.
        public Dictionary<string, int> Spent { get; private set; } = new(StringComparer.Ordinal);

        public Tally? Others { get; set; }

        public int Told { get; set; }

        public void Begin(long nowMs)
        {
            if (nowMs / LongestWindowMs == _hour)
                return;
            _hour = nowMs / LongestWindowMs;
            Spent = new Dictionary<string, int>(StringComparer.Ordinal);
            Told = 0;
        }
    }

    private sealed class Tally
    {
        private AuditEntry? _latest;
        private long _firstMs;
        private long _lastMs;

        public int Count { get; private set; }

        public long WindowMs { get; set; }

        public long EndsMs { get; set; }

        public void Add(AuditEntry entry, long nowMs) => Add(CountedEntry.One(entry, nowMs));

        public void Add(in CountedEntry counted)
        {
            _firstMs = Count == 0 ? counted.FirstMs : Math.Min(_firstMs, counted.FirstMs);
            _lastMs = Count == 0 ? counted.AtMs : Math.Max(_lastMs, counted.AtMs);
            Count = (int)Math.Min((long)Count + counted.Count, int.MaxValue);
            _latest = counted.Entry;
        }

        public CountedEntry? Take()
        {
            if (Count == 0)
                return null;
            var entry = new CountedEntry(_latest!, Count, _firstMs, _lastMs);
            Count = 0;
            return entry;
        }
    }
}
