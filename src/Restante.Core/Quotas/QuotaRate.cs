namespace Restante.Core.Quotas;

/// <summary>How much of something there may be in a second or in a day, and how much at once by who has been quiet.</summary>
internal sealed class QuotaRate
{
    private const int SecondMs = 1_000;
    private const int DayMs = 24 * 3600 * SecondMs;

    private readonly double _nsEach;

    /// <param name="quota">Of what.</param>
    /// <param name="perSecond">How much; 0 for no bound.</param>
    /// <param name="burstMs">For how long it may be used up at once, in milliseconds.</param>
    public QuotaRate(Quota quota, long perSecond, int burstMs)
        : this(quota, perSecond, SecondMs, burstMs)
    {
    }

    private QuotaRate(Quota quota, long amount, int periodMs, int burstMs)
    {
        Quota = quota;
        Amount = amount;
        _nsEach = amount == 0 ? 0 : periodMs * 1e6 / amount;
        BurstNs = burstMs * 1_000_000L;
    }

    /// <summary>So much in a day, all of it at once if need be; 0 for no bound.</summary>
    public static QuotaRate PerDay(Quota quota, long perDay) => new(quota, perDay, DayMs, DayMs);

    public Quota Quota { get; }

    /// <summary>How much in its second, or day.</summary>
    public long Amount { get; }

    public bool IsOn => Amount > 0;

    public long BurstNs { get; }

    /// <summary>In what time so much comes in, in nanoseconds.</summary>
    public long NsFor(long amount) => (long)(amount * _nsEach);

    /// <summary>How much comes in in so many nanoseconds.</summary>
    public long In(long ns)
    {
        if (ns <= 0)
            return 0;
        long amount = (long)(ns / _nsEach);
        return NsFor(amount + 1) <= ns ? amount + 1 : amount;
    }
}
