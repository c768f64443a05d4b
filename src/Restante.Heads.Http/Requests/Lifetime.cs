using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Reads how long something is to live.</summary>
internal sealed class Lifetime(TimeProvider time)
{
    // Far beyond every limit, and far from overflowing.
    private const double LongestTtlSeconds = 1e10;

    /// <summary>The expiry, in milliseconds since the Unix epoch; null when neither is given.</summary>
    public long? Read(double? ttlSeconds, DateTimeOffset? expiresAt)
    {
        if (ttlSeconds is null)
            return expiresAt?.ToUnixTimeMilliseconds();
        if (expiresAt is not null)
            throw new MalformedRequestException("Give a time to live or an expiry, not both.");
        return time.GetUtcNow().ToUnixTimeMilliseconds() + Milliseconds(ttlSeconds.Value);
    }

    /// <summary>A time to live in milliseconds.</summary>
    public static long Milliseconds(double ttlSeconds) => ttlSeconds is > 0 and <= LongestTtlSeconds
        ? Math.Max(1, (long)(ttlSeconds * 1000))
        : throw new MalformedRequestException("The time to live must be a number of seconds above 0.");
}
