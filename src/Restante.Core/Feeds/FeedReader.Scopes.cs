using Restante.Core.Storage;

namespace Restante.Core.Feeds;

/// <content>What a receiver is not shown: it is passed over, and the place moves on.</content>
public sealed partial class FeedReader<T>
{
    // When nothing is accepted, so often is the place stored that passing over has come to.
    private const int PassedOverPerWrite = 1_000;

    private long _passedOver;

    // Called by one at a time. What was given back and is outside the scope of who takes it now is dealt with.
    private async ValueTask PassOverAsync(List<TakenItem<T>> taken, Func<T, ValueTask<bool>> sees)
    {
        TakenItem<T>[] free = [.. taken];
        taken.Clear();
        for (int i = 0; i < free.Length; i++)
        {
            bool isSeen;
            try
            {
                isSeen = await sees(free[i].Item);
            }
            catch (StoreUnavailableException)
            {
                foreach (TakenItem<T> unknown in free.AsSpan(i))
                    PutBack(unknown);
                throw;
            }

            if (isSeen)
                taken.Add(free[i]);
            else
                PassOver(free[i]);
        }
    }

    private void PassOver(TakenItem<T> hidden)
    {
        lock (_gate)
        {
            if (_window.TryGetValue(hidden.Number, out Entry? entry) && entry.HandOut == hidden.HandOut)
                entry.State = State.Accepted;
            _passedOver += PassedOverPerWrite; // It may be the one that holds the place back.
        }
    }

    private void PutBack(TakenItem<T> unknown)
    {
        lock (_gate)
        {
            if (!_window.TryGetValue(unknown.Number, out Entry? entry) || entry.HandOut != unknown.HandOut)
                return;
            entry.State = State.Released;
            _free.Add(unknown.Number);
        }
    }

    private async ValueTask<HashSet<long>> HiddenAsync(IReadOnlyList<T> items, Func<T, ValueTask<bool>> sees)
    {
        var hidden = new HashSet<long>();
        foreach (T item in items)
        {
            if (!await sees(item))
                hidden.Add(_feed.NumberOf(item));
        }

        return hidden;
    }

    // Stores the place once much was passed over without anybody accepting anything.
    private async ValueTask KeepPlaceAsync()
    {
        lock (_gate)
        {
            if (_passedOver < PassedOverPerWrite)
                return;
        }

        await _writing.WaitAsync();
        try
        {
            long to;
            lock (_gate)
            {
                to = _window.Count == 0 ? _readTo : AcceptedTo();
                if (_retired || to < 0)
                    return;
                _passedOver = 0;
            }

            await _feed.SetCursorAsync(to);
            Leave(to);
        }
        catch (StoreUnavailableException)
        {
            // The next one who accepts stores it, or it is looked at once more.
        }
        finally
        {
            _writing.Release();
        }
    }
}
