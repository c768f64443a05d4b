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
    private readonly List<OutcomeRecord> _untold;
    private readonly List<(MemoryDevice Device, ShelvedMessage Message)> _shelved;

    public MemorySweep(MemoryState state, long nowMs, int maxItems)
    {
        _state = state;
        _nowMs = nowMs;
        _maxItems = maxItems;
        var all = state.ByNumber.Values.SelectMany(d => d.Mail.Select(m => (Device: d, Message: m))).ToList();
        _lapsed = [.. all.Where(x => x.Message.LeasedUntilMs <= nowMs).OrderBy(x => x.Message.LeasedUntilMs)];
        _expired = [.. all.Where(x => x.Message.Waits && !x.Message.IsOffered && x.Message.IsExpired(nowMs)).OrderBy(x => x.Message.Item.ExpiresAtMs)];
        _dropped = [.. state.Outcomes.Values.TakeWhile(o => o.AtMs <= nowMs - state.Limits.OutcomeRetentionMs).Select(o => o.Number)];
        _untold = [.. state.Untold.TakeWhile(o => o.AtMs <= nowMs - state.Limits.OutcomeRetentionMs)];
        _shelved =
        [
            .. state.ByNumber.Values.SelectMany(d => d.Shelf.Select(m => (Device: d, Message: m)))
                .Where(x => x.Message.AtMs <= nowMs - state.Limits.ShelfRetentionMs).OrderBy(x => x.Message.AtMs),
        ];
    }

    public bool HasDurableWork => _expired.Count > 0 || _dropped.Count > 0 || _untold.Count > 0 || _shelved.Count > 0
        || _lapsed.Any(x => _state.DueEnd(x.Message, _nowMs) is not null);

    public SweepResult Run()
    {
        int left = _maxItems;
        var ended = new List<EndedMessage>();
        var lapses = new List<LapsedLease>();
        var withMail = new SortedSet<long>();
        foreach ((MemoryDevice device, MemoryMessage message) in _lapsed.Take(left).ToList())
        {
            left--;
            lapses.Add(new LapsedLease(device.Record.Number, message.Sequence, message.Item.Kind, message.DeliveryCount));
            message.PutBack(_nowMs, _state.Limits);
            if (_state.DueEnd(message, _nowMs) is Outcome outcome)
                ended.Add(_state.End(device, message, outcome, null, _nowMs));
            else
                withMail.Add(device.Record.Number.Value);
            _state.RemoveIfWithdrawn(device, message);
        }

        foreach ((MemoryDevice device, MemoryMessage message) in _expired.Take(left).ToList())
        {
            left--;
            ended.Add(_state.End(device, message, Outcome.Expired, null, _nowMs));
        }

        foreach ((MemoryDevice device, MemoryMessage message) in DueMail().Take(left).ToList())
        {
            left--;
            message.IsTold = true;
            if (message.DelayedUntilMs <= _nowMs)
                message.DelayedUntilMs = null;
            if (message.Waits)
                withMail.Add(device.Record.Number.Value);
        }

        (int dropped, int shelved) = Drop(left);
        bool more = new MemorySweep(_state, _nowMs, _maxItems).HasWork;
        return new SweepResult(ended, lapses, dropped, shelved, [.. withMail.Select(n => new DeviceNumber(n))], more);
    }

    private bool HasWork => DueMail().Any() || _lapsed.Count + _expired.Count + _dropped.Count + _untold.Count + _shelved.Count > 0;

    /// <summary>What may be handed out from now on, and whose device has not been told.</summary>
    private IEnumerable<(MemoryDevice Device, MemoryMessage Message)> DueMail() =>
        _state.ByNumber.Values.SelectMany(d => d.Mail.Select(m => (Device: d, Message: m)))
            .Where(x => (!x.Message.IsTold && x.Message.Item.NotBeforeMs <= _nowMs) || x.Message.DelayedUntilMs <= _nowMs);

    private (int Outcomes, int Shelved) Drop(int left)
    {
        int dropped = Math.Min(left, _dropped.Count);
        foreach (long number in _dropped.Take(dropped))
            _state.Outcomes.Remove(number);
        int untold = Math.Min(left - dropped, _untold.Count);
        foreach (OutcomeRecord record in _untold.Take(untold))
            _state.Untold.Remove(record);
        int shelved = _shelved.Take(left - dropped - untold).Count(x => x.Device.Shelf.Remove(x.Message));
        foreach (MemoryDevice device in _state.ByNumber.Values)
            device.ClientSessions.RemoveAll(s => s.ExpiresAtMs <= _nowMs);
        return (dropped + untold, shelved);
    }
}
