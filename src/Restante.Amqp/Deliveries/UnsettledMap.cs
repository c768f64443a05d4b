using System.Buffers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Deliveries;

/// <summary>The unsettled deliveries of a session in one direction, in the order of their numbers. It holds no memory while
/// it is empty. Finding one is a binary search; a range costs what it touches, and a gap that was walked is leapt over from then on.
/// [AMQP 2.6.12]</summary>
internal struct UnsettledMap
{
    private UnsettledDelivery[]? _items;
    private int _start;
    private int _end;

    internal int Count { get; private set; }

    /// <summary>Appends a delivery whose number is higher than all before it.</summary>
    internal void Append(in UnsettledDelivery delivery)
    {
        if (_items is null)
            _items = ArrayPool<UnsettledDelivery>.Shared.Rent(16);
        else if (_end == _items.Length)
            MakeRoom();
        _items[_end++] = delivery;
        Count++;
    }

    /// <summary>The position of a delivery, or -1.</summary>
    internal readonly int Find(DeliveryNumber number)
    {
        int index = LowerBound(number);
        return index < _end && _items![index].Number == number && _items[index].Link is not null ? index : -1;
    }

    /// <summary>The position of the first delivery from a number on to another, or -1.</summary>
    internal readonly int FirstWithin(DeliveryNumber first, DeliveryNumber last)
    {
        int from = LowerBound(first);
        int found = from;
        while (found < _end && _items![found].Link is null)
            found += (int)_items[found].ContextNumber;
        for (int i = from; i < found;)
        {
            int next = i + (int)_items![i].ContextNumber;
            _items[i].ContextNumber = found - i;
            i = next;
        }

        return found < _end && _items![found].Number <= last ? found : -1;
    }

    internal readonly ref UnsettledDelivery At(int index) => ref _items![index];

    internal void RemoveAt(int index)
    {
        UnsettledDelivery[] items = _items!;
        items[index] = new UnsettledDelivery { Number = items[index].Number, ContextNumber = 1 };
        if (--Count == 0)
        {
            Release();
            return;
        }

        while (_start < _end && items[_start].Link is null)
            _start++;
        while (_end > _start && items[_end - 1].Link is null)
            _end--;
    }

    /// <summary>Forgets all deliveries of a link, and the gaps.</summary>
    internal void RemoveLink(AmqpLink link)
    {
        if (_items is not { } items)
            return;
        int kept = _start;
        for (int i = _start; i < _end; i++)
        {
            if (items[i].Link is { } other && !ReferenceEquals(other, link))
                items[kept++] = items[i];
        }

        Array.Clear(items, kept, _end - kept);
        _end = kept;
        Count = kept - _start;
        if (Count == 0)
            Release();
    }

    internal void Release()
    {
        if (_items is null)
            return;
        Array.Clear(_items, 0, _end);
        ArrayPool<UnsettledDelivery>.Shared.Return(_items);
        _items = null;
        _start = 0;
        _end = 0;
        Count = 0;
    }

    private readonly int LowerBound(DeliveryNumber number)
    {
        int low = _start;
        int high = _end;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_items![middle].Number < number)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void MakeRoom()
    {
        UnsettledDelivery[] items = _items!;
        UnsettledDelivery[] roomy = Count > items.Length / 2 ? ArrayPool<UnsettledDelivery>.Shared.Rent(items.Length * 2) : items;
        int kept = 0;
        for (int i = _start; i < _end; i++)
        {
            if (items[i].Link is not null)
                roomy[kept++] = items[i];
        }

        if (ReferenceEquals(roomy, items))
        {
            Array.Clear(items, kept, _end - kept);
        }
        else
        {
            Array.Clear(items, 0, _end);
            ArrayPool<UnsettledDelivery>.Shared.Return(items);
            _items = roomy;
        }

        _start = 0;
        _end = kept;
    }
}
