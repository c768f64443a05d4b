using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams;

/// <summary>Where one stream stands now: what is committed and may be read.</summary>
internal sealed class SlotState(StreamMark mark)
{
    private readonly Lock _lock = new();
    private StreamMark _mark = mark;
    private long _next = mark.Next;

    /// <summary>The sequence number the next record gets.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>All of it.</summary>
    public StreamMark Mark
    {
        get
        {
            lock (_lock)
                return _mark;
        }

        set
        {
            lock (_lock)
            {
                _mark = value;
                Volatile.Write(ref _next, value.Next);
            }
        }
    }
}
