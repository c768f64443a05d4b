using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Restante.Net.Loop;

/// <summary>
/// Counts the connections that come from each source in a minute. A source is an IPv4 address or an IPv6 network of 64 bits, as one
/// subscriber has all addresses of it. Bounded: when too many sources are at it in one minute, further ones are not counted. Safe for
/// several threads.
/// </summary>
internal sealed class SourceAttempts
{
    public const int MaxSources = 65_536;
    private const long MinuteMs = 60_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, int> _counts = [];
    private long _minute;

    /// <summary>How many sources are counted at present.</summary>
    public int Sources
    {
        get
        {
            lock (_lock)
                return _counts.Count;
        }
    }

    /// <summary>Counts one connection; false when its source has had as many in this minute as it may.</summary>
    /// <param name="peer">Where it comes from; one without an address is not counted.</param>
    /// <param name="most">How many may come in a minute; 0 for any number.</param>
    /// <param name="nowMs">The monotonic time.</param>
    public bool TryAdd(EndPoint? peer, int most, long nowMs)
    {
        if (most == 0 || peer is not IPEndPoint ip)
            return true;
        UInt128 source = SourceOf(ip.Address);
        lock (_lock)
        {
            long minute = nowMs / MinuteMs;
            if (minute != _minute)
            {
                _minute = minute;
                _counts.Clear();
            }

            bool isKnown = _counts.TryGetValue(source, out int count);
            if (count >= most)
                return false;
            if (isKnown || _counts.Count < MaxSources)
                _counts[source] = count + 1;
            return true;
        }
    }

    private static UInt128 SourceOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        IPAddress six = address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address;
        six.TryWriteBytes(bytes, out _);
        if (!six.IsIPv4MappedToIPv6)
            bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
