using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>
/// One sweep: lapsed leases first, then messages past their expiry (a leased one stays until its lease ends), then outcomes past
/// their retention, oldest number first.
/// </summary>
internal sealed class MemorySweep
{
    private readonly MemoryState _state;
    private readonly long _nowMs;
    private readonly int _maxItems;
    private readonly List<(MemoryDevice Device, MemoryMessage Message)> _lapsed;
    private readonly List<(MemoryDevice Device, MemoryMessage Message)> _expired;
    private readonly List<long> _dropped;

    public MemorySweep(MemoryState state, long nowMs, int maxItems)
    {
        _state = state;
        _nowMs = nowMs;
        _maxItems = maxItems;
        var all = state.ByNumber.Values.SelectMany(d => d.Messages.Values.Select(m => (Device: d, Message: m))).ToList();
        _lapsed = [.. all.Where(x => x.Message.LeasedUntilMs <= nowMs).OrderBy(x => x.Message.LeasedUntilMs)];
        _expired = [.. all.Where(x => x.Message.LeasedUntilMs is null && x.Message.IsExpired(nowMs)).OrderBy(x => x.Message.Item.ExpiresAtMs)];
        _dropped = [.. state.Outcomes.Values.TakeWhile(o => o.AtMs <= nowMs - state.Limits.OutcomeRetentionMs).Select(o => o.Number)];
    }

    public bool HasDurableWork =>
        _expired.Count > 0 || _dropped.Count > 0 || _lapsed.Any(x => _state.DueEnd(x.Message, _nowMs) is not null);

    public SweepResult Run()
    {
        int left = _maxItems;
        int expired = 0;
        int undeliverable = 0;
        int lapsed = 0;
        var withMail = new SortedSet<long>();
        foreach ((MemoryDevice device, MemoryMessage message) in _lapsed.Take(left).ToList())
        {
            left--;
            lapsed++;
            message.LeasedUntilMs = null;
            Outcome? outcome = _state.DueEnd(message, _nowMs);
            if (outcome is null)
                withMail.Add(device.Record.Number.Value);
            else
                _state.End(device, message, outcome.Value, null, _nowMs);
            expired += outcome == Outcome.Expired ? 1 : 0;
            undeliverable += outcome == Outcome.Undeliverable ? 1 : 0;
        }

        foreach ((MemoryDevice device, MemoryMessage message) in _expired.Take(left).ToList())
        {
            left--;
            expired++;
            _state.End(device, message, Outcome.Expired, null, _nowMs);
        }

        int dropped = Math.Min(left, _dropped.Count);
        foreach (long number in _dropped.Take(dropped))
            _state.Outcomes.Remove(number);
        foreach (MemoryDevice device in _state.ByNumber.Values)
            device.ClientSessions.RemoveAll(s => s.ExpiresAtMs <= _nowMs);
        bool more = new MemorySweep(_state, _nowMs, _maxItems).HasWork;
        return new SweepResult(
            expired, undeliverable, lapsed, dropped, [.. withMail.Select(n => new DeviceNumber(n))], more);
    }

    private bool HasWork => _lapsed.Count + _expired.Count + _dropped.Count > 0;
}
