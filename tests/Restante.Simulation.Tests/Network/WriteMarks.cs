namespace Restante.Simulation.Tests.Network;

/// <summary>
/// When the gateway wrote which byte of a connection: for whoever has to know when something was said, and not when it arrived.
/// </summary>
internal sealed class WriteMarks
{
    private readonly List<Mark> _marks = [];

    /// <summary>Notes that so many bytes have been written by now.</summary>
    public void Note(long total, long step, long nowMs)
    {
        if (_marks.Count == 0 || total > _marks[^1].Total)
            _marks.Add(new Mark(total, step, nowMs));
    }

    /// <summary>When the byte before this offset was written.</summary>
    public Mark At(long offset)
    {
        int low = 0, high = _marks.Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_marks[middle].Total < offset)
                low = middle + 1;
            else
                high = middle;
        }

        return _marks[low];
    }
}

/// <summary>A moment of the gateway.</summary>
/// <param name="Total">The bytes written by then.</param>
/// <param name="Step">The step of the simulation.</param>
/// <param name="NowMs">The time.</param>
internal readonly record struct Mark(long Total, long Step, long NowMs);
