namespace Restante.Net.Buffers;

/// <summary>
/// The bytes that a session wrote and the kernel has not taken. A chain of pooled segments; exists only while there are bytes.
/// Used inside turns only.
/// </summary>
internal sealed class OutputQueue
{
    private const int SmallSegmentBytes = 4096;
    private const int LargeSegmentBytes = 16_384;

    // An empty queue is lent from turn to turn, not kept by connections; the loop alone holds references to it.
    [ThreadStatic]
    private static OutputQueue? t_spare;

    private BufferLedger _ledger = null!;
    private int _maxPendingBytes;
    private Segment? _head;
    private Segment? _tail;
    private Segment? _spareSegment;

    /// <summary>Bytes in the queue, those being written included.</summary>
    public long PendingBytes { get; private set; }

    /// <summary>
    /// A write was refused, so what is in the queue may be cut short: the connection must end, even if the session caught the refusal.
    /// </summary>
    public bool IsExceeded { get; private set; }

    /// <summary>The bytes to write next; empty when the queue is.</summary>
    public ReadOnlyMemory<byte> Front => _head is null ? default : _head.Buffer.AsMemory(_head.Start, _head.End - _head.Start);

    public static OutputQueue Rent(BufferLedger ledger, int maxPendingBytes)
    {
        OutputQueue queue = t_spare ?? new OutputQueue();
        t_spare = null;
        queue._ledger = ledger;
        queue._maxPendingBytes = maxPendingBytes;
        queue.IsExceeded = false;
        return queue;
    }

    /// <summary>Gives back the queue and everything in it.</summary>
    public static void Return(OutputQueue queue)
    {
        queue.Clear();
        t_spare = queue;
    }

    public void Advance(int count)
    {
        if (_tail is null || (uint)count > (uint)(_tail.Buffer.Length - _tail.End))
            throw new ArgumentOutOfRangeException(nameof(count), "More bytes were advanced than the last span or memory held.");
        _tail.End += count;
        PendingBytes += count;
    }

    public Memory<byte> GetMemory(int sizeHint)
    {
        Segment segment = Writable(sizeHint);
        return segment.Buffer.AsMemory(segment.End);
    }

    public Span<byte> GetSpan(int sizeHint)
    {
        Segment segment = Writable(sizeHint);
        return segment.Buffer.AsSpan(segment.End);
    }

    /// <summary>Takes away bytes of <see cref="Front"/> that have been written.</summary>
    public void Consume(int count)
    {
        Segment segment = _head!;
        segment.Start += count;
        PendingBytes -= count;
        if (segment.Start < segment.End)
            return;
        _head = segment.Next;
        if (_head is null)
            _tail = null;
        Recycle(segment);
    }

    /// <summary>Gives every segment back.</summary>
    public void Clear()
    {
        while (_head is { } segment)
        {
            _head = segment.Next;
            Recycle(segment);
        }
        _tail = null;
        PendingBytes = 0;
    }

    private Segment Writable(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        // The cap is enforced before more memory is taken: what a session may write beyond it is at most one segment.
        if (PendingBytes > _maxPendingBytes)
            throw Exceed();
        int wanted = Math.Max(sizeHint, 1);
        if (_tail is not null && _tail.Buffer.Length - _tail.End >= wanted)
            return _tail;
        int size = Math.Max(wanted, _head is null ? SmallSegmentBytes : LargeSegmentBytes);
        if (size > _maxPendingBytes + (long)LargeSegmentBytes)
            throw Exceed();
        byte[] buffer = _ledger.Rent(size);
        if (_tail is not null && _tail.Start == _tail.End)
        {
            // Offered before and left unused: no empty segment stands in front of bytes.
            _ledger.Return(_tail.Buffer);
            _tail.Reset(buffer);
            return _tail;
        }
        Segment added = _spareSegment ?? new Segment();
        _spareSegment = null;
        added.Reset(buffer);
        if (_tail is null)
            _head = added;
        else
            _tail.Next = added;
        return _tail = added;
    }

    private OutputLimitException Exceed()
    {
        IsExceeded = true;
        return new OutputLimitException();
    }

    private void Recycle(Segment segment)
    {
        _ledger.Return(segment.Buffer);
        segment.Reset([]);
        _spareSegment = segment;
    }

    private sealed class Segment
    {
        public byte[] Buffer { get; private set; } = [];

        public int Start { get; set; }

        public int End { get; set; }

        public Segment? Next { get; set; }

        public void Reset(byte[] other)
        {
            Buffer = other;
            Start = End = 0;
            Next = null;
        }
    }
}
