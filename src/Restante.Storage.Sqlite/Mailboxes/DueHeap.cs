using System.Runtime.InteropServices;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// Instants with the entries they belong to, earliest first: 12 bytes each. Instants that have become pointless stay until they come up or
/// until <see cref="Sift"/> removes them.
/// </summary>
internal sealed class DueHeap
{
    private const int Arity = 4;
    private const int MinSift = 1_024;

    private Due[] _items = [];
    private int _count;
    private int _siftAt = MinSift;

    /// <summary>True when so many have been added that the pointless ones should be looked for.</summary>
    public bool WantsSift => _count >= _siftAt;

    public int Count => _count;

    public void Push(long atMs, int entry)
    {
        if (_count == _items.Length)
            Array.Resize(ref _items, Math.Max(16, _count + (_count / 2)));
        MoveUp(_count++, new Due { AtMs = atMs, Entry = entry });
    }

    /// <summary>Takes the earliest instant out, if it has come.</summary>
    public bool TryPop(long nowMs, out Due due)
    {
        due = default;
        if (_count == 0 || _items[0].AtMs > nowMs)
            return false;
        due = _items[0];
        Due last = _items[--_count];
        if (_count > 0)
            MoveDown(0, last);
        return true;
    }

    /// <summary>Keeps only what <paramref name="isOfUse"/> says.</summary>
    public void Sift(Func<Due, bool> isOfUse)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (isOfUse(_items[i]))
                _items[kept++] = _items[i];
        }

        _count = kept;
        for (int i = (kept - 2) / Arity; i >= 0 && kept > 1; i--)
            MoveDown(i, _items[i]);
        if (_items.Length > 4 * MinSift && kept < _items.Length / 4)
            Array.Resize(ref _items, kept * 2);
        _siftAt = Math.Max(MinSift, 2 * kept);
    }

    private void MoveUp(int at, Due item)
    {
        while (at > 0)
        {
            int parent = (at - 1) / Arity;
            if (_items[parent].AtMs <= item.AtMs)
                break;
            _items[at] = _items[parent];
            at = parent;
        }

        _items[at] = item;
    }

    private void MoveDown(int at, Due item)
    {
        while (true)
        {
            int first = (at * Arity) + 1;
            if (first >= _count)
                break;
            int least = first;
            for (int child = first + 1; child < Math.Min(first + Arity, _count); child++)
            {
                if (_items[child].AtMs < _items[least].AtMs)
                    least = child;
            }

            if (_items[least].AtMs >= item.AtMs)
                break;
            _items[at] = _items[least];
            at = least;
        }

        _items[at] = item;
    }

    /// <summary>An instant of an entry.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct Due
    {
        public long AtMs;
        public int Entry;
    }
}
