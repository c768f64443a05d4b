namespace Restante.Bench.Measuring;

/// <summary>
/// Durations in buckets of 1/64 of their size, from one microsecond on: at most 1.6 % off, a few kilobytes, no allocation to record.
/// </summary>
internal sealed class Histogram
{
    private const int SubBuckets = 64;

    private readonly long[] _counts = new long[SubBuckets * 40];
    private long _count;
    private long _max;

    public long Count => Interlocked.Read(ref _count);

    public TimeSpan Max => TimeSpan.FromMicroseconds(Interlocked.Read(ref _max));

    public void Record(TimeSpan duration)
    {
        long micros = Math.Max(0, (long)duration.TotalMicroseconds);
        Interlocked.Increment(ref _counts[IndexOf(micros)]);
        Interlocked.Increment(ref _count);
        long max = Interlocked.Read(ref _max);
        while (micros > max)
            max = Interlocked.CompareExchange(ref _max, micros, max) is var seen && seen == max ? micros : seen;
    }

    /// <summary>The duration that this share (0 to 1) of all did not exceed.</summary>
    public TimeSpan Percentile(double share)
    {
        long wanted = (long)Math.Ceiling(Count * share);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += Interlocked.Read(ref _counts[i]);
            if (seen >= wanted && seen > 0)
                return TimeSpan.FromMicroseconds(UpperOf(i));
        }

        return Max;
    }

    private static int IndexOf(long micros)
    {
        if (micros < SubBuckets)
            return (int)micros;
        int shift = (63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)micros)) - 6;
        return Math.Min(((shift + 1) * SubBuckets) + (int)((micros >> shift) - SubBuckets), (SubBuckets * 40) - 1);
    }

    private static long UpperOf(int index)
    {
        if (index < SubBuckets)
            return index;
        int shift = (index / SubBuckets) - 1;
        return ((long)(SubBuckets + (index % SubBuckets) + 1) << shift) - 1;
    }
}
