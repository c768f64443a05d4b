using Restante.Amqp;
using Restante.Heads.Amqp.Links;

namespace Restante.Heads.Amqp;

/// <summary>What the links of a connection wait for: news, room in the output, the store.</summary>
internal sealed partial class AmqpPeer
{
    private HeadLink? _woken;
    private List<HeadLink>? _waitingForOutput;
    private List<HeadLink>? _retrying;
    private List<ChildDevice>? _children;
    private long _retryAtMs = long.MaxValue;

    /// <summary>
    /// True when so much output waits for the peer that nothing more is produced. Never below the mark at which the connection says that
    /// there is room again, or nobody would say so; never near the cap at which it is ended.
    /// </summary>
    public bool IsOutputHigh => Connection.PendingOutputBytes
        > Math.Max(
            Connection.Limits.ResumeOutputBytes, Math.Min(Options.OutputHighWaterBytes, Connection.Limits.MaxPendingOutputBytes / 2));

    /// <summary>Puts a link on the list of those to be run; the first one on it asks for a turn. Any thread.</summary>
    public void Wake(HeadLink link)
    {
        HeadLink? first;
        do
        {
            first = Volatile.Read(ref _woken);
            link.NextWoken = first;
        }
        while (Interlocked.CompareExchange(ref _woken, link, first) != first);

        // However many links there are, one post is under way at a time, which keeps the inbox from filling.
        if (first is null)
            Connection.Post(this, static (_, peer) => peer.RunWoken());
    }

    /// <summary>Remembers a link that stopped because too much output waits.</summary>
    public void WaitForOutput(HeadLink link)
    {
        _waitingForOutput ??= [];
        if (!_waitingForOutput.Contains(link))
            _waitingForOutput.Add(link);
    }

    /// <summary>
    /// Remembers a link that found the store unavailable. Those that come while others wait already are tried together with them.
    /// </summary>
    public void RetryLater(HeadLink link)
    {
        (_retrying ??= []).Add(link);
        if (_retryAtMs == long.MaxValue)
            _retryAtMs = Connection.NowMs + Options.StoreRetryMs;
    }

    /// <summary>A device behind this field gateway; one for all links of that id.</summary>
    public ChildDevice ChildOf(string id)
    {
        ChildDevice? child = _children?.Find(c => c.Id == id);
        if (child is null)
            (_children ??= []).Add(child = new ChildDevice(this, id));
        return child;
    }

    /// <summary>There are no more links for a device behind this field gateway.</summary>
    public void Forget(ChildDevice child) => _children?.Remove(child);

    public void OutputReady()
    {
        List<HeadLink>? waiting = _waitingForOutput;
        _waitingForOutput = null;
        foreach (HeadLink link in waiting ?? [])
            link.Progress();
        AfterWork();
    }

    public void OnLinkFlow(AmqpLink link) => (link.Owner as HeadLink)?.Progress();

    // The engine keeps a link that was refused until the peer detaches it too, which may be never; what the peer wished goes at once.
    public void OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer)
    {
        (link.Owner as HeadLink)?.Detached();
        link.Owner = null;
    }

    private void RunWoken()
    {
        HeadLink? link = Interlocked.Exchange(ref _woken, null);
        while (link is not null)
        {
            HeadLink? next = link.NextWoken;
            link.NextWoken = null;
            link.Wakened();
            link = next;
        }

        AfterWork();
    }

    private void RetryIfDue(long nowMs)
    {
        if (nowMs < _retryAtMs)
            return;
        _retryAtMs = long.MaxValue;
        List<HeadLink>? retrying = _retrying;
        _retrying = null;
        foreach (HeadLink link in retrying ?? [])
            link.Retry();
    }
}
