using System.Diagnostics;
using Restante.Core.Storage;
using Restante.Core.Tracing;

namespace Restante.Core.Mailboxes;

/// <summary>
/// The spans of what one receiver has in hand: how long a message waited, and how long it was held and how that ended. Holds nothing but
/// for messages whose traces are recorded, and no more than the receiver has in hand.
/// </summary>
internal sealed class TracedHold
{
    private readonly Lock _gate = new();
    private readonly Dictionary<LeaseId, TraceMark> _held = [];

    /// <summary>How many are held. For tests.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _held.Count;
        }
    }

    /// <summary>Messages were handed out.</summary>
    public static void HandedOut(MailboxSession session, IReadOnlyList<LeasedMessage> messages, DateTimeOffset now)
    {
        if (!MessageTrace.IsOn)
            return;
        foreach (LeasedMessage message in messages)
        {
            TraceMark waited = MessageTrace.Begin(message.Content.Span, DateTimeOffset.FromUnixTimeMilliseconds(message.EnqueuedAtMs));
            if (!waited.IsTraced)
                continue;
            MessageTrace.End(waited, "wait mailbox", ActivityKind.Internal, now, session.Device.Id, message.Sequence.Value, "handed-out");
            TracedHold held = session.BeginTraced();
            lock (held._gate)
                held._held[message.Lease] = waited with { Start = now };
        }
    }

    /// <summary>A message is in hand no more.</summary>
    public void Ended(MailboxSession session, LeaseId lease, string result, DateTimeOffset now)
    {
        TraceMark mark;
        lock (_gate)
        {
            if (!_held.Remove(lease, out mark))
                return;
        }

        MessageTrace.End(
            mark, "hold mailbox", ActivityKind.Producer, now, session.Device.Id, lease.Sequence.Value, result,
            isError: result is "lapsed" or "rejected");
    }

    /// <summary>The receiver is gone.</summary>
    public void Closed(MailboxSession session, DateTimeOffset now)
    {
        LeaseId[] left;
        lock (_gate)
            left = [.. _held.Keys];
        foreach (LeaseId lease in left)
            Ended(session, lease, "disconnected", now);
    }
}
