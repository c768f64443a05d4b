namespace Restante.Core.Access;

/// <summary>
/// Counts wrong credentials per source address and minute. Bounded: when too many addresses are at it in one minute, further
/// ones are counted together.
/// </summary>
internal sealed class FailureLedger(int maxPerMinute, TimeProvider time)
{
    private const int MaxSources = 65_536;
    private const string Others = "*";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = [];
    private long _minute;

    public bool IsBlocked(string? source)
    {
        if (maxPerMinute == 0 || source is null)
            return false;
        lock (_gate)
        {
            Roll();
            return _counts.TryGetValue(source, out int count) && count >= maxPerMinute;
        }
    }

    public void Record(string? source)
    {
        if (maxPerMinute == 0 || source is null)
            return;
        lock (_gate)
        {
            Roll();
            string key = _counts.Count < MaxSources || _counts.ContainsKey(source) ? source : Others;
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }

    private void Roll()
    {
        long minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        if (minute == _minute)
            return;
        _minute = minute;
        _counts.Clear();
    }
}
