using Restante.Contracts;
using Restante.Core.Streams;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Streams;

/// <summary>What one read of a cursor found.</summary>
internal sealed class StreamNews(StreamCursor cursor)
{
    private readonly List<(int Index, long Next)> _ends = [];
    private List<StreamGap>? _gaps;

    /// <summary>The records, each with the index of its stream.</summary>
    public List<(int Index, StreamRecord Record)> Records { get; } = [];

    /// <summary>What retention had dropped; null when nothing.</summary>
    public IReadOnlyList<StreamGap>? Gaps => _gaps;

    /// <summary>Which stream is first next time.</summary>
    public int NextTurn { get; set; }

    /// <summary>True when a stream has more to look at, though nothing was found in it that the reader is shown.</summary>
    public bool IsUnfinished { get; private set; }

    /// <summary>How many records were passed over, as the reader is not shown them.</summary>
    public long PassedOver { get; private set; }

    public bool IsEmpty => Records.Count == 0 && _gaps is null && !IsUnfinished;

    public void Add(int index, StreamBatch batch)
    {
        StreamId stream = cursor.Stream(index);
        if (batch.SkippedByRetention > 0)
            (_gaps ??= []).Add(new StreamGap { Partition = stream.IsEvents ? null : stream.Value, Skipped = batch.SkippedByRetention });
        foreach (StreamRecord record in batch.Records)
            Records.Add((index, record));
        IsUnfinished |= batch.IsUnfinished;
        PassedOver += batch.NextSequenceNumber - cursor.Next(index) - batch.SkippedByRetention - batch.Records.Count;
        _ends.Add((index, batch.NextSequenceNumber));
    }

    /// <summary>Moves the cursor behind everything that was found.</summary>
    public void Advance()
    {
        foreach ((int index, long next) in _ends)
            cursor.MoveTo(index, next);
        cursor.Turn = NextTurn;
    }

    /// <summary>A record as it is shown.</summary>
    public StreamRecordView View(int index, StreamRecord record) => MessageViews.Of(cursor.Stream(index), record);
}
