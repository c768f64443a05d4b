namespace Restante.Core.Quotas;

/// <summary>
/// A token bucket as one number: the instant at which it will be full again. It fills by itself, so that nobody has to look after it.
/// Safe for several threads, without a lock.
/// </summary>
internal struct TokenBucket
{
    // Nothing is owed for longer; it also keeps the sums in range.
    private const long LongestDebtNs = 3_600_000_000_000;

    private long _fullAtNs;

    /// <summary>True when it is as if nothing had ever been taken.</summary>
    public bool IsFull(long nowNs) => Volatile.Read(ref _fullAtNs) <= nowNs;

    /// <summary>In how many nanoseconds something may be taken; 0 or less for now.</summary>
    public long Wait(QuotaRate rate, long nowNs) =>
        rate.IsOn ? Math.Max(Volatile.Read(ref _fullAtNs), nowNs) + rate.NsFor(1) - nowNs - rate.BurstNs : 0;

    /// <summary>Takes, if need be more than there is: that is owed, and has to come in before anything may be taken again.</summary>
    public void Take(QuotaRate rate, long amount, long nowNs)
    {
        if (!rate.IsOn)
            return;
        long cost = Math.Min(rate.NsFor(amount), LongestDebtNs);
        long seen = Volatile.Read(ref _fullAtNs);
        while (true)
        {
            long next = Math.Min(Math.Max(seen, nowNs) + cost, nowNs + rate.BurstNs + LongestDebtNs);
            long found = Interlocked.CompareExchange(ref _fullAtNs, next, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    /// <summary>Takes as much as there is, so that nothing is owed; how much that was.</summary>
    public int TakeUpTo(QuotaRate rate, int amount, long nowNs)
    {
        if (!rate.IsOn)
            return amount;
        long seen = Volatile.Read(ref _fullAtNs);
        while (true)
        {
            long owedNs = Math.Max(seen, nowNs) - nowNs;
            int taken = (int)Math.Min(rate.In(rate.BurstNs - owedNs), amount);
            if (taken == 0)
                return 0;
            long found = Interlocked.CompareExchange(ref _fullAtNs, nowNs + owedNs + rate.NsFor(taken), seen);
            if (found == seen)
                return taken;
            seen = found;
        }
    }

    /// <summary>Puts back what was taken and not used.</summary>
    public void PutBack(QuotaRate rate, int amount) => Interlocked.Add(ref _fullAtNs, -rate.NsFor(amount));
}
