using System.Runtime.CompilerServices;
using Restante.Amqp;
using Restante.Heads.Amqp.Links;

namespace Restante.Heads.Amqp;

/// <summary>
/// What is read for the links of a connection before it can be sent is bounded over all of them. Links that find no room wait in a line;
/// only a session for which nothing is read at all goes before it, as what fills the room may wait for the window of another session.
/// </summary>
internal sealed partial class AmqpPeer
{
    private List<(HeadLink Link, AmqpSession Session, long Most)>? _waitingForRoom;
    private HeadLink? _served;
    private bool _isServing;
    private bool _hasMoreRoom;

    /// <summary>Bytes that were read for the links and are not sent yet, and the most that the reads under way can bring.</summary>
    public long BytesAhead { get; private set; }

    /// <summary>
    /// Lets a link read, and counts the most that this can bring; otherwise its <see cref="HeadLink.Progress"/> is called when it may. One
    /// of each session is let in, whatever it has.
    /// </summary>
    public bool TryReadAhead(HeadLink link, AmqpSession session, long most)
    {
        if (link.IsWaitingForRoom)
            return false;
        bool isNext = _served == link || (!_isServing && _waitingForRoom is not { Count: > 0 });
        _served = null;
        bool fits = AheadOf(session) == 0 || BytesAhead + most <= Options.MaxBytesInFlight;
        if (isNext && fits)
        {
            CountAhead(session, most);
            return true;
        }

        link.IsWaitingForRoom = true;
        (_waitingForRoom ??= []).Add((link, session, most));
        _hasMoreRoom |= fits;
        return false;
    }

    /// <summary>Counts what was read for a link of the session, or, below zero, what is sent or given back.</summary>
    public void CountAhead(AmqpSession session, long bytes)
    {
        AheadOf(session) += bytes;
        BytesAhead += bytes;
        _hasMoreRoom |= bytes < 0;
    }

    /// <summary>A link is over and waits for nothing any more.</summary>
    public void Forget(HeadLink link)
    {
        _retrying?.Remove(link);
        if (link.IsWaitingForRoom)
            _waitingForRoom?.RemoveAll(w => w.Link == link);
        link.IsWaitingForRoom = false;
    }

    private static ref long AheadOf(AmqpSession session) => ref ((StrongBox<long>)(session.Owner ??= new StrongBox<long>())).Value;

    // In their order, but for those of sessions for which nothing is read. A link that finds nothing to do takes no room.
    private void ServeWaiting()
    {
        if (_isServing || !_hasMoreRoom || _waitingForRoom is not { Count: > 0 })
            return;
        _isServing = true;
        while (_hasMoreRoom && _waitingForRoom is { Count: > 0 } waiting)
        {
            _hasMoreRoom = false;
            _waitingForRoom = null;
            bool isFull = false;
            List<(HeadLink Link, AmqpSession Session, long Most)> left = [];
            foreach ((HeadLink link, AmqpSession session, long most) in waiting)
            {
                if (!link.IsWaitingForRoom)
                    continue; // It ended while others were served.
                isFull |= BytesAhead + most > Options.MaxBytesInFlight;
                if (isFull && AheadOf(session) > 0)
                {
                    left.Add((link, session, most));
                    continue;
                }

                link.IsWaitingForRoom = false;
                _served = link;
                link.Progress();
                _served = null;
            }

            // Those that have come meanwhile are behind those that were here.
            if (left.Count > 0)
                _waitingForRoom = [.. left, .. _waitingForRoom ?? []];
        }

        _isServing = false;
    }
}
