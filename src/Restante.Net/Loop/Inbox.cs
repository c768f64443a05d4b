namespace Restante.Net.Loop;

/// <summary>
/// Many threads push, the turn takes. Lock-free; one reference and one count, so that it costs an idle connection next to nothing.
/// What is pushed before <see cref="Seal"/> is taken in order, exactly once; afterwards nothing is let in.
/// </summary>
internal struct Inbox
{
    private static readonly TurnWork Sealed = new SealedMark();

    private TurnWork? _newest;
    private TurnWork? _ready;
    private int _count;

    public readonly bool IsSealed => ReferenceEquals(_newest, Sealed);

    /// <summary>False when the inbox is sealed, or full for work that counts.</summary>
    public bool TryPush(TurnWork work, int limit, out bool full)
    {
        full = false;
        if (work.Counted && Interlocked.Increment(ref _count) > limit)
        {
            Interlocked.Decrement(ref _count);
            full = !ReferenceEquals(Volatile.Read(ref _newest), Sealed);
            return false;
        }
        while (true)
        {
            TurnWork? newest = Volatile.Read(ref _newest);
            if (ReferenceEquals(newest, Sealed))
                return false;
            work.Next = newest;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _newest, work, newest), newest))
                return true;
        }
    }

    /// <summary>Makes what was pushed so far ready to be taken, oldest first. Turn only.</summary>
    public void Collect()
    {
        if (_ready is null && _newest is not null && !IsSealed)
            _ready = Reverse(Interlocked.Exchange(ref _newest, null), null);
    }

    /// <summary>Lets nothing in any more and makes everything that was let in ready. Turn only, once.</summary>
    public void Seal()
    {
        TurnWork? pushed = Reverse(Interlocked.Exchange(ref _newest, Sealed), null);
        if (_ready is null)
        {
            _ready = pushed;
            return;
        }
        TurnWork last = _ready;
        while (last.Next is { } next)
            last = next;
        last.Next = pushed;
    }

    /// <summary>The oldest of what is ready, or null. Turn only.</summary>
    public TurnWork? Take()
    {
        TurnWork? work = _ready;
        if (work is null)
            return null;
        _ready = work.Next;
        work.Next = null;
        if (work.Counted)
            Interlocked.Decrement(ref _count);
        return work;
    }

    private static TurnWork? Reverse(TurnWork? newest, TurnWork? tail)
    {
        while (newest is not null)
        {
            TurnWork? older = newest.Next;
            newest.Next = tail;
            tail = newest;
            newest = older;
        }
        return tail;
    }

    private sealed class SealedMark : TurnWork
    {
        public override void Run(IConnectionSession session)
        {
        }

        public override void Drop()
        {
        }
    }
}
