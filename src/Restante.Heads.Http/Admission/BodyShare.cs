using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Admission;

/// <summary>What the body of one request has of the <see cref="BodyRoom"/>. Given back when it is disposed.</summary>
internal sealed class BodyShare(BodyRoom room, Principal by, long promised) : IDisposable
{
    private long _promised = promised;
    private long _come;

    /// <summary>So many bytes more have come. Refusals: throttled (no room for the bodies of all).</summary>
    public Refusal? Come(long bytes)
    {
        if (!room.TryCome(by, bytes))
            return room.Full();
        _come += bytes;
        return null;
    }

    /// <summary>
    /// The body is whole and counts as what it is: it may be smaller than it might have been, and a request may wait for long from here on.
    /// </summary>
    public void End()
    {
        long rest = _promised - _come;
        room.GiveBack(by, rest, 0);
        _promised -= rest;
    }

    public void Dispose()
    {
        if (_promised > 0 || _come > 0)
            room.GiveBack(by, _promised, _come);
        _promised = _come = 0;
    }
}
