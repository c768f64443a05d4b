using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Refusals;
using Restante.Core.Signals;

namespace Restante.Heads.Amqp.Supplies;

/// <summary>A named reader of a durable feed. Accepted and rejected both mean that an item has been seen.</summary>
/// <param name="service">Who receives; it is handed what it is shown.</param>
/// <param name="open">Finds the reader and the signal of its feed.</param>
/// <param name="write">Writes an item as a message.</param>
/// <param name="bytesOf">The bytes of an item's content.</param>
internal sealed class FeedSupply<T>(
    ServicePrincipal service, Func<ValueTask<Result<OpenedFeed<T>>>> open, WriteItem<T> write, Func<T, int> bytesOf)
    : ISupply<TakenItem<T>>
{
    private OpenedFeed<T>? _feed;

    public Signal News => _feed!.Added;

    public async ValueTask<Refusal?> OpenAsync()
    {
        Result<OpenedFeed<T>> opened = await open();
        _feed = opened.Value;
        return opened.Refusal;
    }

    public ValueTask<Result<IReadOnlyList<TakenItem<T>>>> TakeAsync(int max, int maxBytes) => _feed!.Reader.TakeAsync(service, max);

    public bool IsOver(TakenItem<T> item, long nowMs) => false;

    public int BytesOf(TakenItem<T> item) => bytesOf(item.Item);

    public void Write(TakenItem<T> item, ref MessageWriter writer) => write(item.Item, ref writer);

    public string TagOf(TakenItem<T> item) => string.Create(CultureInfo.InvariantCulture, $"{item.Number}-{item.HandOut}");

    public ValueTask<Result<bool>> SettleAsync(TakenItem<T> item, DeliveryState state, bool isAwaited)
    {
        if (state is Accepted or Rejected)
            return AcceptAsync(item);
        _feed!.Reader.Release(item);
        return ValueTask.FromResult<Result<bool>>(true);
    }

    public void GiveBack(TakenItem<T> item) => _feed!.Reader.Release(item);

    public void Close()
    {
    }

    // Whoever waits for it may be gone when the store refuses; the item is given back all the same.
    private async ValueTask<Result<bool>> AcceptAsync(TakenItem<T> item)
    {
        bool done = false;
        try
        {
            Result<bool> result = await _feed!.Reader.AcceptAsync(item);
            done = result.IsSuccess;
            return result;
        }
        finally
        {
            if (!done)
                _feed!.Reader.Release(item);
        }
    }
}

/// <summary>A reader of a feed, and what pulses when there is more.</summary>
internal sealed record OpenedFeed<T>(FeedReader<T> Reader, Signal Added);

/// <summary>Writes the sections of the message that an item is sent as.</summary>
internal delegate void WriteItem<in T>(T item, ref MessageWriter writer);
