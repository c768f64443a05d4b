using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Network;

/// <summary>
/// One direction of a connection: bytes arrive in order, late, and in other pieces than they were written; no more are under way than the
/// systems at both ends would hold.
/// </summary>
internal sealed class Pipe(Life world, Dice dice, NetworkWeather weather)
{
    private readonly Queue<byte[]> _arrived = new();
    private readonly Queue<Action> _underWay = new();
    private readonly int _capacity = weather.PipeBytes;
    private long _arrivalMs;
    private int _held;
    private int _frontUsed;
    private bool _finSent;
    private bool _silent;

    /// <summary>Bytes that arrived and were not read.</summary>
    public int Readable { get; private set; }

    /// <summary>The writer has finished, and all that it wrote has arrived.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The connection was reset: nothing more arrives.</summary>
    public bool IsReset { get; private set; }

    /// <summary>How many bytes may be written now.</summary>
    public int Room => _capacity - _held;

    /// <summary>Something to read came: bytes, the end, or the reset.</summary>
    public Action? Arrived { get; set; }

    /// <summary>There is room to write.</summary>
    public Action? Emptied { get; set; }

    public int Write(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, Room);
        _held += taken;
        for (int at = 0; at < taken;)
        {
            int piece = dice.Chance(weather.SplitPerMille) ? (int)dice.Between(1, taken - at) : taken - at;
            byte[] chunk = bytes.Slice(at, piece).ToArray();
            at += piece;
            Send(() =>
            {
                world.Timeline.Trace.Add(chunk);
                _arrived.Enqueue(chunk);
                Readable += chunk.Length;
            });
        }

        return taken;
    }

    /// <summary>Nothing more will be written.</summary>
    public void Finish()
    {
        if (_finSent)
            return;
        _finSent = true;
        Send(() => IsFinished = true);
    }

    /// <summary>The connection ends at once for the reader; what is under way is lost.</summary>
    public void Reset()
    {
        if (IsReset)
            return;
        IsReset = true;
        Arrived?.Invoke();
        Emptied?.Invoke();
    }

    /// <summary>From now on what is written disappears, and neither end hears of it.</summary>
    public void GoSilent() => _silent = true;

    public int Read(Span<byte> buffer)
    {
        int read = 0;
        while (read < buffer.Length && _arrived.TryPeek(out byte[]? front))
        {
            int part = Math.Min(buffer.Length - read, front.Length - _frontUsed);
            front.AsSpan(_frontUsed, part).CopyTo(buffer[read..]);
            read += part;
            _frontUsed += part;
            if (_frontUsed < front.Length)
                continue;
            _arrived.Dequeue();
            _frontUsed = 0;
        }

        Readable -= read;
        _held -= read;
        if (read > 0)
            world.Timeline.Soon(world, () => Emptied?.Invoke());
        return read;
    }

    private void Send(Action arrive)
    {
        if (_silent)
            return;
        _underWay.Enqueue(arrive);
        _arrivalMs = Math.Max(_arrivalMs, world.Timeline.NowMs + weather.Delay(dice));
        world.Timeline.After(_arrivalMs - world.Timeline.NowMs, world, () =>
        {
            // Whichever of these comes first brings what was sent first.
            Action first = _underWay.Dequeue();
            if (_silent || IsReset)
                return;
            first();
            Arrived?.Invoke();
        });
    }
}
