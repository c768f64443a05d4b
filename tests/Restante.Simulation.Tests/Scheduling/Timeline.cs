namespace Restante.Simulation.Tests.Scheduling;

/// <summary>
/// Virtual time and the order of everything in it. Whatever wants to run is an item here; one thread runs one item at a time, and the dice
/// say which of those that could run now is next. When none could, the time of the next one comes at once.
/// </summary>
internal sealed class Timeline
{
    private readonly Dice _dice;
    private readonly int _window;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<Item> _ready = [];
    private readonly PriorityQueue<Item, (long Due, long Order)> _later = new();
    private readonly long _epochMs = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private long _order;

    /// <param name="dice">Chance.</param>
    /// <param name="window">Among how many of the longest waiting items the next one is chosen; 1 for first come, first served.</param>
    /// <param name="trace">What happened.</param>
    public Timeline(Dice dice, int window, Trace trace)
    {
        _dice = dice;
        _window = window;
        Trace = trace;
    }

    public Trace Trace { get; }

    /// <summary>Milliseconds since the beginning.</summary>
    public long NowMs { get; private set; }

    /// <summary>Milliseconds since the Unix epoch, by the clock of everybody in the simulation.</summary>
    public long UnixNowMs => _epochMs + NowMs;

    /// <summary>How many items have run: orders what happens within one millisecond.</summary>
    public long Steps { get; private set; }

    /// <summary>True on the one thread of the simulation.</summary>
    public bool IsHere => Environment.CurrentManagedThreadId == _thread;

    public void Note(string what) => Trace.Add(NowMs, what);

    /// <summary>Runs it now, among all else that could run now.</summary>
    public void Soon(Life life, Action act) => _ready.Add(new Item(life, act));

    /// <summary>Runs it after a while.</summary>
    public void After(long delayMs, Life life, Action act)
    {
        if (delayMs <= 0)
            Soon(life, act);
        else
            _later.Enqueue(new Item(life, act), (NowMs + delayMs, _order++));
    }

    /// <summary>Runs one item. False when there is none, or none before the given time.</summary>
    public bool Step(long untilMs)
    {
        TakeDue();
        if (_ready.Count == 0)
        {
            if (!_later.TryPeek(out _, out (long Due, long Order) next) || next.Due > untilMs)
            {
                NowMs = Math.Max(NowMs, untilMs);
                return false;
            }

            NowMs = next.Due;
            TakeDue();
        }

        int at = _dice.Below(Math.Min(_window, _ready.Count));
        Item item = _ready[at];
        _ready.RemoveAt(at);
        Steps++;
        item.Life.Run(item.Act);
        return true;
    }

    private void TakeDue()
    {
        while (_later.TryPeek(out _, out (long Due, long Order) next) && next.Due <= NowMs)
            _ready.Add(_later.Dequeue());
    }

    private readonly record struct Item(Life Life, Action Act);
}
