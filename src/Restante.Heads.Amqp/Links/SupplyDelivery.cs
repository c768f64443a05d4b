using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Supplies;

namespace Restante.Heads.Amqp.Links;

/// <summary>A service receives from a supply, in competition with others. What it does not settle goes to another.</summary>
/// <param name="peer">The connection.</param>
/// <param name="link">The engine's link.</param>
/// <param name="supply">What is received; this link's own.</param>
/// <param name="applied">The filters that are honoured; null for none.</param>
internal sealed class SupplyDelivery<T>(AmqpPeer peer, AmqpLink link, ISupply<T> supply, AmqpMap? applied = null) : HeadLink(peer, link)
{
    private const int MaxItemsPerTake = 100;
    private const int MaxBytesPerTake = 256 * 1024;

    // The phases of the supply; the link may end while it is being opened.
    private const int Opening = 0;
    private const int Open = 1;
    private const int Over = 2;

    private readonly HashSet<Item> _unsettled = [];
    private readonly Queue<Item> _ready = new();
    private DeliveryState? _defaultOutcome;

    /// <summary>What was taken and not yet seen by a turn; a mark once the link is over. Written by turns and by who took them.</summary>
    private object? _arrived;

    private int _phase = Opening;
    private int _settling;
    private bool _taking;
    private bool _again;

    public override void Attach(Attach attach)
    {
        _defaultOutcome = Settlement.Kept(attach.Source?.DefaultOutcome);
        Peer.Await(OpenAsync(), (Link: this, attach), static (_, refusal, state) => state.Link.Opened(refusal, state.attach));
    }

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (state is null or { IsTerminal: false })
        {
            if (!settled)
                return;
            state = _defaultOutcome ?? Released.Instance; // [AMQP 3.4, 3.5.3] Settled without an outcome: the source's default.
        }

        // What is not in the table any more is being answered already.
        if (context.Reference is Item item && _unsettled.Remove(item))
            Settle(item, settled ? null : number, state);
        Pump();
    }

    protected override void Ended()
    {
        int was = Interlocked.Exchange(ref _phase, Over);
        if (was == Open)
            supply.News.Remove(this);
        if (Interlocked.Exchange(ref _arrived, this) is IReadOnlyList<T> arrived)
            GiveBack(arrived);
        foreach (Item item in _unsettled)
            supply.GiveBack(item.Value);
        _unsettled.Clear();
        _ready.Clear();
        if (was == Open)
            supply.Close();
    }

    protected override void Noticed() => _again = true;

    private async ValueTask<Refusal?> OpenAsync()
    {
        Refusal? refusal = await supply.OpenAsync();

        // The link or its whole connection may have ended meanwhile; then nobody else closes it.
        if (refusal is not null)
            return refusal;
        supply.News.Add(this);
        if (Interlocked.CompareExchange(ref _phase, Open, Opening) != Opening)
        {
            supply.News.Remove(this);
            supply.Close();
        }

        return null;
    }

    private void Opened(Refusal? refusal, Attach attach)
    {
        if (IsOver)
            return;
        if (refusal is not null)
        {
            Peer.Gateway.Metrics.Refused(refusal.Kind);
            Link.Refuse(RefusalMap.Error(refusal));
            return;
        }

        // A filter that is not honoured is not repeated. [AMQP 2.6.3]
        Source source = (attach.Source ?? new Source()) with { Filter = applied };
        applied = null;
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    private void Pump()
    {
        if (IsOver || !Link.IsAttached || !SendReady() || _taking)
            return;
        int wanted = Room(_unsettled.Count + _settling, MaxItemsPerTake);
        if (wanted == 0 || !TryRead(wanted, MaxBytesPerTake))
            return;
        _taking = true;
        _again = false;
        Peer.Await(TakeAsync(wanted), this, static (_, result, link) => link.Taken(result));
    }

    private async ValueTask<Result<IReadOnlyList<T>>> TakeAsync(int wanted)
    {
        Result<IReadOnlyList<T>> result = await supply.TakeAsync(wanted, MaxBytesPerTake);

        // The link or its whole connection may have ended meanwhile; then nobody else gives them back.
        if (result.IsSuccess && Interlocked.CompareExchange(ref _arrived, result.Value, null) is not null)
            GiveBack(result.Value);
        return result;
    }

    private void Taken(Result<IReadOnlyList<T>> result)
    {
        _taking = false;
        EndRead();
        if (IsOver)
            return;
        Volatile.Write(ref _arrived, null);
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            if (result.Refusal.Kind == RefusalKind.Unavailable)
            {
                Pause();
                Pump();
            }
            else
            {
                End(RefusalMap.Error(result.Refusal));
            }

            return;
        }

        foreach (T value in result.Value)
        {
            var item = new Item(value);
            _unsettled.Add(item);
            _ready.Enqueue(item);
            CountRead(supply.BytesOf(value));
        }

        if (result.Value.Count > 0 || _again)
            Pump();
        else
            Link.Drained();
    }

    // True when nothing that was taken is left to be sent.
    private bool SendReady()
    {
        while (_ready.Count > 0)
        {
            if (Peer.IsOutputHigh)
            {
                Peer.WaitForOutput(this);
                return false;
            }

            Item item = _ready.Peek();
            if (supply.IsOver(item.Value, Peer.NowMs))
            {
                Dequeue();
                _unsettled.Remove(item);
                supply.GiveBack(item.Value);
                continue;
            }

            SendResult sent = Send(item);
            if (sent.Status == SendStatus.TooLarge)
            {
                string message = $"Message {supply.TagOf(item.Value)} is larger than the link allows.";
                End(new AmqpError(AmqpConditions.MessageSizeExceeded, message));
                return false;
            }

            if (sent.Status == SendStatus.NoCredit)
            {
                GiveReadyBack();
                return true;
            }

            if (!sent.IsSent)
                return false;
            Dequeue();
            if (sent.IsSettled && _unsettled.Remove(item))
                Settle(item, null, Accepted.Instance);
        }

        return true;
    }

    private SendResult Send(Item item)
    {
        var buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            supply.Write(item.Value, ref writer);
            Span<byte> tag = stackalloc byte[32];
            int length = Encoding.ASCII.GetBytes(supply.TagOf(item.Value), tag);
            return Link.Send(tag[..length], buffer.WrittenSpan, settled: false, new DeliveryContext(item, 0));
        }
        finally
        {
            writer.Dispose();
        }
    }

    // The peer took its credit back while the store was asked; others may have some.
    private void GiveReadyBack()
    {
        Item[] ready = [.. _ready];
        while (_ready.Count > 0)
            Dequeue();
        foreach (Item item in ready)
        {
            _unsettled.Remove(item);
            supply.GiveBack(item.Value);
        }
    }

    private void Dequeue() => CountGone(supply.BytesOf(_ready.Dequeue().Value));

    private void GiveBack(IReadOnlyList<T> values)
    {
        foreach (T value in values)
            supply.GiveBack(value);
    }

    private void Settle(Item item, DeliveryNumber? number, DeliveryState state)
    {
        _settling++;
        Peer.Await(
            supply.SettleAsync(item.Value, state, number is not null),
            (Link: this, number, state),
            static (_, result, s) => s.Link.Settled(result, s.number, s.state));
    }

    private void Settled(Result<bool> result, DeliveryNumber? number, DeliveryState state)
    {
        _settling--;
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);

            // It was given back and would come again at once, to be refused again.
            if (result.Refusal.Kind == RefusalKind.Unavailable)
                Pause();
        }

        if (number is DeliveryNumber open)
            Link.Settle(open, result is { IsSuccess: true, Value: true } ? Plain(state) : Released.Instance); // [AMQP 2.8.3]
        Pump();
    }

    private sealed class Item(T value)
    {
        public T Value { get; } = value;
    }
}
