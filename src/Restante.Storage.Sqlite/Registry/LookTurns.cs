using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// The turns of looks through the devices: a few are made at once, and of each looker one at a time. So whoever looks waits for one look of
/// each of the others at the most, not for all that they have asked for. A look that nobody waits for any more leaves its line. Safe for
/// several threads.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class LookTurns(int maxLooks)
{
    private const string Own = ""; // No policy has this name.

    private readonly SemaphoreSlim _turns = new(maxLooks, maxLooks);
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>Lookers with looks that are made or wait.</summary>
    public int Lookers
    {
        get
        {
            lock (_lines)
                return _lines.Count;
        }
    }

    /// <summary>Looks that are made or wait.</summary>
    public int Looks
    {
        get
        {
            lock (_lines)
                return _lines.Values.Sum(static line => line.Looks);
        }
    }

    /// <summary>Waits for a turn and looks.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<T> LookAsync<TState, T>(Looker looker, TState state, Func<TState, T> look)
    {
        string name = looker.Policy ?? Own;
        Line line = Enter(name);
        try
        {
            await line.Turn.WaitAsync(looker.Cancellation);
            try
            {
                return await LookInTurnAsync(looker, state, look);
            }
            finally
            {
                line.Turn.Release();
            }
        }
        finally
        {
            Leave(name, line);
        }
    }

    private async ValueTask<T> LookInTurnAsync<TState, T>(Looker looker, TState state, Func<TState, T> look)
    {
        await _turns.WaitAsync(looker.Cancellation);
        try
        {
            return look(state);
        }
        finally
        {
            _turns.Release();
        }
    }

    private Line Enter(string name)
    {
        lock (_lines)
        {
            if (!_lines.TryGetValue(name, out Line? line))
                _lines.Add(name, line = new Line());
            line.Looks++;
            return line;
        }
    }

    private void Leave(string name, Line line)
    {
        lock (_lines)
        {
            if (--line.Looks == 0)
                _lines.Remove(name);
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
        Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>The look that has the turn and those that wait for it.</summary>
        public int Looks { get; set; }
    }
}
