using System.Collections;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Selection;

namespace Restante.Core.Notifications;

/// <summary>The active notifications as they are at one moment, in the order of their places.</summary>
internal sealed class ActiveNotifications : IEnumerable<Active>
{
    // Shared with the moments after this one, which only add behind its end.
    private readonly Active[] _items;
    private readonly int _count;

    /// <summary>Those that are known at the start.</summary>
    public ActiveNotifications(IEnumerable<Active> items)
    {
        _items = [.. items];
        _count = _items.Length;
        Latest = _count == 0 ? default : _items[^1].Sequence;
    }

    private ActiveNotifications(Active[] items, int count, Sequence latest)
    {
        _items = items;
        _count = count;
        Latest = latest;
    }

    public static ActiveNotifications None { get; } = new([]);

    /// <summary>The highest place there has been, whether that notification is still active or not.</summary>
    public Sequence Latest { get; }

    /// <summary>
    /// The next moment, with one more. To be asked by one after the other; asked once more of the same moment it forgets the first answer.
    /// </summary>
    public ActiveNotifications With(Active added)
    {
        Active[] items = _items;
        if (_count == items.Length)
        {
            items = new Active[Math.Max(4, 2 * _count)];
            _items.CopyTo(items, 0);
        }

        items[_count] = added;
        return new ActiveNotifications(items, _count + 1, added.Sequence);
    }

    /// <summary>The next moment, without one.</summary>
    public ActiveNotifications Without(Sequence sequence)
    {
        Active[] left = [.. this.Where(a => a.Sequence != sequence)];
        return new ActiveNotifications(left, left.Length, Latest);
    }

    /// <summary>The places of those behind a place that are for a device.</summary>
    public ReadOnlyMemory<Sequence> For(DeviceId device, DeviceFacts facts, Sequence behind)
    {
        int from = _count;
        while (from > 0 && _items[from - 1].Sequence.CompareTo(behind) > 0)
            from--;
        if (from == _count - 1)
            return _items[from].Audience.Matches(device, facts) ? _items[from].Alone : default;
        var found = new List<Sequence>();
        for (; from < _count; from++)
        {
            if (_items[from].Audience.Matches(device, facts))
                found.Add(_items[from].Sequence);
        }

        return found.ToArray();
    }

    public IEnumerator<Active> GetEnumerator() => _items.Take(_count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A notification that is neither recalled nor known to have expired.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Audience">For whom.</param>
internal sealed record Active(Sequence Sequence, AudienceQuery Audience)
{
    /// <summary>Its place, as a list of one.</summary>
    public Sequence[] Alone { get; } = [Sequence];
}
