using System.Net;
using Restante.Core.Limits;

namespace Restante.Core.Access;

/// <summary>
/// Counts wrong credentials: by source and name, so that who guesses at one name does not lock its neighbours of the same address out,
/// and by source alone, much higher, so that nobody guesses on by changing names. Who failed too often with a name has to wait before
/// each further attempt, twice as long as before it; attempts within the wait are neither looked at nor counted, so that they do not
/// prolong it. A source that failed too often in one minute waits for the next. A source is an IPv4 address or an IPv6 network of 64
/// bits, as one subscriber has all addresses of it. Bounded: when too many sources are at it in one minute, further ones are counted
/// together, and names beyond the bound are counted by their source only.
/// </summary>
/// <param name="limits">How many failures, and how long the waits.</param>
/// <param name="time">The clock; steps of the time of day mean nothing to it.</param>
internal sealed class FailureLedger(GatewayLimits limits, TimeProvider time)
{
    public const int MaxEntries = 65_536;

    /// <summary>After so long without a failure, the wait not counted, those before are forgotten, in milliseconds.</summary>
    public const long QuietMs = 300_000;

    private const long MinuteMs = 60_000;
    private const int MaxNameLength = 128;
    private const string Others = "*";

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Source, string Name), Entry> _names = [];
    private readonly Dictionary<string, int> _sources = [];
    private readonly long _start = time.GetTimestamp();
    private long _minute;

    /// <summary>How many sources are counted at present.</summary>
    public int Sources
    {
        get
        {
            lock (_gate)
                return _sources.Count;
        }
    }

    /// <summary>How many pairs of source and name are counted at present.</summary>
    public int Names
    {
        get
        {
            lock (_gate)
                return _names.Count;
        }
    }

    private long NowMs => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Asks whether an attempt may be made; it is made then, and ends by <see cref="Record"/> or <see cref="Forgive"/>.</summary>
    /// <param name="address">Where it comes from.</param>
    /// <param name="name">As whom.</param>
    /// <param name="isFollowed">True when another attempt belongs to it that is asked for by itself.</param>
    /// <returns>0, or in how many milliseconds it may be made: until then it is to be refused unseen.</returns>
    public long Begin(string? address, string? name, bool isFollowed = false)
    {
        if (address is null)
            return 0;
        string source = SourceOf(address);
        lock (_gate)
        {
            long now = NowMs;
            Roll(now);
            long wait = 0;
            if (limits.MaxAuthenticationFailuresPerSourcePerMinute is int most and > 0 && _sources.GetValueOrDefault(KeyOf(source)) >= most)
                wait = ((_minute + 1) * MinuteMs) - now;
            if (_names.GetValueOrDefault((source, Fold(name))) is not Entry entry || entry.IsOver(now))
                return wait;
            wait = Math.Max(wait, entry.BlockedUntilMs - now);
            if (wait > 0)
                return wait;

            // One at a time once there were too many: others that come at the same moment wait as for one that has failed.
            if (!isFollowed && entry.Failures >= limits.MaxAuthenticationFailuresPerMinute)
                entry.BlockedUntilMs = now + limits.AuthenticationWaitMs;
            return 0;
        }
    }

    /// <summary>Counts an attempt that failed.</summary>
    public void Record(string? address, string? name)
    {
        if (address is null
            || (limits.MaxAuthenticationFailuresPerMinute == 0 && limits.MaxAuthenticationFailuresPerSourcePerMinute == 0))
            return;
        string source = SourceOf(address);
        lock (_gate)
        {
            long now = NowMs;
            Roll(now);
            string key = KeyOf(source);
            _sources[key] = _sources.GetValueOrDefault(key) + 1;
            if (limits.MaxAuthenticationFailuresPerMinute == 0)
                return;
            (string, string) pair = (source, Fold(name));
            if (_names.GetValueOrDefault(pair) is not Entry entry || entry.IsOver(now))
            {
                if (!_names.ContainsKey(pair) && _names.Count >= MaxEntries)
                    return;
                _names[pair] = entry = new Entry();
            }

            entry.Failures++;
            entry.BlockedUntilMs = now + WaitAfter(entry.Failures);
        }
    }

    /// <summary>An attempt has succeeded: what failed before with that name is forgotten.</summary>
    public void Forgive(string? address, string? name)
    {
        if (address is null)
            return;
        lock (_gate)
        {
            if (_names.Count > 0)
                _names.Remove((SourceOf(address), Fold(name)));
        }
    }

    // A policy and a device of one name are counted together: where the prefix may be left out, an attempt is at both. What is too long to
    // be a name is nobody's, and is kept as no name so that it costs nothing.
    private static string Fold(string? name)
    {
        if (name is null)
            return string.Empty;
        string bare = name.StartsWith(Authenticator.PolicyPrefix, StringComparison.Ordinal)
            ? name[Authenticator.PolicyPrefix.Length..]
            : name;
        return bare.Length <= MaxNameLength ? bare : string.Empty;
    }

    internal static string SourceOf(string address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!IPAddress.TryParse(address, out IPAddress? parsed) || !parsed.TryWriteBytes(bytes, out int length) || length < bytes.Length)
            return address;
        if (parsed.IsIPv4MappedToIPv6)
            return parsed.MapToIPv4().ToString();
        bytes[8..].Clear();
        return new IPAddress(bytes).ToString();
    }

    private long WaitAfter(int failures)
    {
        int over = failures - limits.MaxAuthenticationFailuresPerMinute;
        return over < 0 ? 0 : Math.Min((long)limits.AuthenticationWaitMs << Math.Min(over, 30), limits.MaxAuthenticationWaitMs);
    }

    private string KeyOf(string source) => _sources.Count < MaxEntries || _sources.ContainsKey(source) ? source : Others;

    private void Roll(long now)
    {
        long minute = now / MinuteMs;
        if (minute == _minute)
            return;
        _minute = minute;
        _sources.Clear();
        foreach (((string, string) pair, Entry entry) in _names)
        {
            if (entry.IsOver(now))
                _names.Remove(pair); // Which a dictionary allows while it is walked.
        }
    }

    private sealed class Entry
    {
        public int Failures { get; set; }

        public long BlockedUntilMs { get; set; }

        public bool IsOver(long now) => now >= BlockedUntilMs + QuietMs;
    }
}
