namespace Restante.Core.Quotas;

/// <summary>How much of something there may be in a second, and how much at once by who has been quiet.</summary>
internal sealed class QuotaRate
{
    private const double NsPerSecond = 1e9;

    private readonly double _nsEach;

    /// <param name="quota">Of what.</param>
    /// <param name="perSecond">How much; 0 for no bound.</param>
    /// <param name="burstMs">For how long it may be used up at once, in milliseconds.</param>
    public QuotaRate(Quota quota, long perSecond, int burstMs)
    {
        Quota = quota;
        PerSecond = perSecond;
        _nsEach = perSecond == 0 ? 0 : NsPerSecond / perSecond;
        BurstNs = burstMs * 1_000_000L;
    }

    public Quota Quota { get; }

    public long PerSecond { get; }

    public bool IsOn => PerSecond > 0;

    public long BurstNs { get; }

    /// <summary>In what time so much comes in, in nanoseconds.</summary>
    public long NsFor(long amount) => (long)(amount * _nsEach);
}
