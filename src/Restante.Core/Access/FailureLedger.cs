using System.Net;
using System.Runtime.InteropServices;

namespace Restante.Core.Access;

/// <summary>
/// Counts wrong credentials per minute: by source and name, so that who guesses at one name does not lock its neighbours of the same
/// address out, and by source alone, much higher, so that nobody guesses on by changing names. A source is an IPv4 address or an IPv6
/// network of 64 bits, as one subscriber has all addresses of it. Bounded: when too many sources are at it in one minute, further ones are
/// counted together, and names beyond the bound are counted by their source only.
/// </summary>
/// <param name="maxPerName">Failures of one source with one name; 0 for no bound.</param>
/// <param name="maxPerSource">Failures of one source with whatever names; 0 for no bound.</param>
/// <param name="time">The clock that minutes are told by.</param>
internal sealed class FailureLedger(int maxPerName, int maxPerSource, TimeProvider time)
{
    public const int MaxEntries = 65_536;
    private const int MaxNameLength = 128;
    private const string Others = "*";

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Source, string Name), int> _names = [];
    private readonly Dictionary<string, int> _sources = [];
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

    /// <summary>Whether an attempt is to be refused unseen.</summary>
    public bool IsBlocked(string? address, string? name)
    {
        if (address is null)
            return false;
        string source = SourceOf(address);
        lock (_gate)
        {
            Roll();
            return (maxPerName > 0 && _names.GetValueOrDefault((source, Fold(name))) >= maxPerName)
                || (maxPerSource > 0 && _sources.GetValueOrDefault(KeyOf(source)) >= maxPerSource);
        }
    }

    /// <summary>Counts an attempt that failed.</summary>
    public void Record(string? address, string? name)
    {
        if (address is null || (maxPerName == 0 && maxPerSource == 0))
            return;
        string source = SourceOf(address);
        lock (_gate)
        {
            Roll();
            string key = KeyOf(source);
            _sources[key] = _sources.GetValueOrDefault(key) + 1;
            if (maxPerName == 0)
                return;
            ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(_names, (source, Fold(name)));
            if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count))
                count++;
            else if (_names.Count < MaxEntries)
                _names[(source, Fold(name))] = 1;
        }
    }

    // A policy and a device of one name are counted together: where the prefix may be left out, an attempt is at both. What is too long to be
    // a name is nobody's, and is kept as no name so that it costs nothing.
    private static string Fold(string? name)
    {
        if (name is null)
            return string.Empty;
        string bare = name.StartsWith(Authenticator.PolicyPrefix, StringComparison.Ordinal) ? name[Authenticator.PolicyPrefix.Length..] : name;
        return bare.Length <= MaxNameLength ? bare : string.Empty;
    }

    private static string SourceOf(string address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!IPAddress.TryParse(address, out IPAddress? parsed) || !parsed.TryWriteBytes(bytes, out int length) || length < bytes.Length)
            return address;
        if (parsed.IsIPv4MappedToIPv6)
            return parsed.MapToIPv4().ToString();
        bytes[8..].Clear();
        return new IPAddress(bytes).ToString();
    }

    private string KeyOf(string source) => _sources.Count < MaxEntries || _sources.ContainsKey(source) ? source : Others;

    private void Roll()
    {
        long minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        if (minute == _minute)
            return;
        _minute = minute;
        _names.Clear();
        _sources.Clear();
    }
}
