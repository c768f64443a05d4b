using System.Collections.Concurrent;
using Restante.Core.Inquiries;

namespace Restante.Heads.Http.Handling;

/// <summary>
/// What event streams have handed out to handlers and nobody has dealt with yet, so that a request which does tells the stream that it has
/// room again. Bounded by the streams and their windows.
/// </summary>
internal sealed class InquiriesInHand
{
    private readonly ConcurrentDictionary<InquiryNumber, HandlerWindow> _windows = new();

    /// <summary>The inquiry is in the hands of that stream's reader; an older hand-out counts no more.</summary>
    public void Add(InquiryNumber inquiry, HandlerWindow window)
    {
        _windows.TryGetValue(inquiry, out HandlerWindow? older);
        _windows[inquiry] = window;
        if (older != window)
            older?.Drop(inquiry);
    }

    /// <summary>The inquiry was settled, or answered, which keeps it: it takes no place of a window any more.</summary>
    public void Dealt(InquiryNumber inquiry)
    {
        if (_windows.TryRemove(inquiry, out HandlerWindow? window))
            window.Drop(inquiry);
    }

    /// <summary>The lease of the inquiry holds until then.</summary>
    public void Renewed(InquiryNumber inquiry, long untilMs)
    {
        if (_windows.TryGetValue(inquiry, out HandlerWindow? window))
            window.Renew(inquiry, untilMs);
    }

    /// <summary>The stream does not hold it any more.</summary>
    public void Remove(InquiryNumber inquiry, HandlerWindow window) => _windows.TryRemove(KeyValuePair.Create(inquiry, window));
}
