using System.Diagnostics.CodeAnalysis;

namespace Restante.Heads.Http.Endpoints;

/// <summary>
/// The lines of an import whose gateway may come after them, by that gateway. A line is given out again when a device of that id has come
/// or is about to; in the order of passes over the file, as if all were tried again in each.
/// </summary>
internal sealed class PutOffLines
{
    /// <summary>Memory of all of them; what is beyond is not taken.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>What a line takes beside its text: the array of its bytes, what holds it, and its place in a heap that doubles.</summary>
    public const int LineOverheadBytes = 104;

    /// <summary>What a gateway that is waited for takes beside its name: the string, and its place in a table that doubles.</summary>
    public const int GatewayOverheadBytes = 88;

    private readonly Dictionary<string, PutOffLine> _waiting = new(StringComparer.Ordinal);
    private readonly PriorityQueue<PutOffLine, (int Pass, int Number)> _ready = new();
    private (int Pass, int Number) _last = (0, int.MaxValue); // The file itself is the first pass.
    private long _bytes;

    /// <summary>How many were taken, each counted once.</summary>
    public int Lines { get; private set; }

    /// <summary>False when none can be given out now.</summary>
    public bool HasReady => _ready.Count > 0;

    /// <summary>Keeps a line until its gateway comes; false when there is no room. One that was given out has its room already.</summary>
    /// <param name="number">Its number in the file.</param>
    /// <param name="text">The line as it came: what was read out of it takes several times the room.</param>
    /// <param name="gateway">The id of the gateway.</param>
    public bool TryAdd(int number, byte[] text, string gateway)
    {
        bool isFirst = !_waiting.TryGetValue(gateway, out PutOffLine? next);
        if (_last.Pass == 0)
        {
            long bytes = text.Length + LineOverheadBytes;
            if (isFirst)
                bytes += GatewayOverheadBytes + (sizeof(char) * gateway.Length);
            if (_bytes + bytes > MaxBytes)
                return false;
            _bytes += bytes;
            Lines++;
        }

        _waiting[gateway] = new PutOffLine(number, text, next);
        return true;
    }

    /// <summary>Makes ready what waits for a device.</summary>
    /// <param name="id">Its id.</param>
    public void Come(string id)
    {
        if (!_waiting.Remove(id, out PutOffLine? line))
            return;
        for (; line is not null; line = line.Next)
            _ready.Enqueue(line, (line.Number > _last.Number ? _last.Pass : _last.Pass + 1, line.Number));
    }

    /// <summary>Makes ready all that still wait, for one last pass.</summary>
    public void GiveUp()
    {
        foreach (PutOffLine? first in _waiting.Values)
        {
            for (PutOffLine? line = first; line is not null; line = line.Next)
                _ready.Enqueue(line, (int.MaxValue, line.Number));
        }

        _waiting.Clear();
    }

    /// <summary>Gives out the next line that is ready; false when there is none.</summary>
    public bool TryNext([NotNullWhen(true)] out PutOffLine? line)
    {
        if (!_ready.TryDequeue(out line, out (int Pass, int Number) at))
            return false;
        _last = at;
        return true;
    }
}

/// <summary>A line that is put off.</summary>
/// <param name="number">Its number in the file.</param>
/// <param name="text">The line as it came.</param>
/// <param name="next">Another one that waits for the same gateway; null for none.</param>
internal sealed class PutOffLine(int number, byte[] text, PutOffLine? next)
{
    public int Number => number;

    public byte[] Text => text;

    public PutOffLine? Next => next;
}
