namespace Restante.Core.Access;

/// <summary>
/// Counts wrong credentials per source address and minute. Bounded: when too many addresses are at it in one minute, further
/// ones are counted together.
/// </summary>
internal sealed class FailureLedger(int maxPerMinute, TimeProvider time)
{
    public const int MaxSources = 65_536;
    private const string Others = "*";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = [];
    private long _minute;

    /// <summary>How many addresses are counted at present.</summary>
    public int Sources
    {
        get
        {
            lock (_gate)
                return _counts.Count;
        }
    }

    public bool IsBlocked(string? source)
    {
        if (maxPerMinute == 0 || source is null)
            return false;
        lock (_gate)
        {
            Roll();
            return _counts.GetValueOrDefault(KeyOf(source)) >= maxPerMinute;
        }
    }

    public void Record(string? source)
    {
        if (maxPerMinute == 0 || source is null)
            return;
        lock (_gate)
        {
            Roll();
            string key = KeyOf(source);
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }

    private string KeyOf(string source) => _counts.Count < MaxSources || _counts.ContainsKey(source) ? source : Others;

    private void Roll()
    {
        long minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        if (minute == _minute)
            return;
        _minute = minute;
        _counts.Clear();
    }
}
