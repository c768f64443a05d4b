using Restante.Core.Inquiries;
using Restante.Core.Signals;

namespace Restante.Heads.Http.Handling;

/// <summary>How many inquiries the reader of one event stream may have in hand, and which it has.</summary>
/// <param name="all">What all streams have handed out.</param>
/// <param name="max">How many may be in hand.</param>
internal sealed class HandlerWindow(InquiriesInHand all, int max) : IDisposable
{
    private readonly Dictionary<InquiryNumber, long> _untilMs = [];
    private readonly Lock _gate = new();

    /// <summary>Pulses when there is room again.</summary>
    public Signal Freed { get; } = new();

    /// <summary>How many more may be handed out. What has lapsed, or whose deadline has passed, takes no place.</summary>
    public int Room(long nowMs)
    {
        List<InquiryNumber> lapsed;
        int room;
        lock (_gate)
        {
            lapsed = [.. _untilMs.Where(i => i.Value <= nowMs).Select(static i => i.Key)];
            lapsed.ForEach(i => _untilMs.Remove(i));
            room = max - _untilMs.Count;
        }

        lapsed.ForEach(i => all.Remove(i, this));
        return room;
    }

    /// <summary>These are handed out now.</summary>
    public void Add(IReadOnlyList<TakenInquiry> taken)
    {
        foreach (TakenInquiry inquiry in taken)
        {
            lock (_gate)
                _untilMs[inquiry.Number] = Math.Min(inquiry.LeasedUntilMs, inquiry.DeadlineMs);
            all.Add(inquiry.Number, this);
        }
    }

    /// <summary>The lease of one holds until then.</summary>
    public void Renew(InquiryNumber inquiry, long untilMs)
    {
        lock (_gate)
        {
            if (_untilMs.ContainsKey(inquiry))
                _untilMs[inquiry] = untilMs;
        }
    }

    /// <summary>One is in hand no more.</summary>
    public void Drop(InquiryNumber inquiry)
    {
        lock (_gate)
            _untilMs.Remove(inquiry);
        Freed.Pulse();
    }

    /// <summary>The stream has ended. What is in hand stays so; it is settled by further requests, or lapses.</summary>
    public void Dispose()
    {
        List<InquiryNumber> left;
        lock (_gate)
        {
            left = [.. _untilMs.Keys];
            _untilMs.Clear();
        }

        left.ForEach(i => all.Remove(i, this));
    }
}
