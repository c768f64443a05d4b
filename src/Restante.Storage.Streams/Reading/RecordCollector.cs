using System.Text;
using Restante.Core.Streams;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Reading;

/// <summary>Gathers the records of one read until there are enough.</summary>
internal sealed class RecordCollector(long from, int maxRecords, int maxBytes)
{
    private readonly List<StreamRecord> _records = [];
    private long _bytes;
    private string _source = "";
    private string _channel = "";

    /// <summary>What has been gathered.</summary>
    public IReadOnlyList<StreamRecord> Records => _records;

    /// <summary>The sequence number wanted next.</summary>
    public long Next { get; private set; } = from;

    /// <summary>There is no room for another record.</summary>
    public bool IsFull { get; private set; }

    /// <summary>How many bytes of blocks are worth reading at once.</summary>
    public long Appetite => Math.Max(0, maxBytes - _bytes);

    /// <summary>How many records there is still room for.</summary>
    public int Room => maxRecords - _records.Count;

    /// <summary>
    /// Goes on behind records that are gone. False when records have been gathered already: then the gap is the next read's.
    /// </summary>
    public bool Skip(long to)
    {
        if (to <= Next)
            return true;
        if (_records.Count > 0)
            return false;
        Next = to;
        return true;
    }

    /// <summary>Takes what is wanted of a block.</summary>
    public void Take(in BlockEntry block, long logPosition, ReadOnlySpan<byte> body)
    {
        var cursor = new RecordCursor(body);
        for (long sequence = block.FirstSequence; !IsFull && cursor.MoveNext(); sequence++)
        {
            if (sequence < Next)
                continue;
            if (_records.Count > 0 && _bytes + cursor.Content.Length > maxBytes)
            {
                IsFull = true;
                break;
            }

            _bytes += cursor.Content.Length;
            _records.Add(new StreamRecord
            {
                SequenceNumber = sequence,
                Offset = logPosition + BlockHeader.Bytes + cursor.Position,
                EnqueuedAtMs = cursor.TimeMs,
                Source = _source = Text(cursor.Source, _source),
                Channel = cursor.HasChannel ? _channel = Text(cursor.Channel, _channel) : null,
                Content = cursor.Content.ToArray(),
            });
            Next = sequence + 1;
            IsFull = _records.Count == maxRecords || _bytes >= maxBytes;
        }
    }

    // Neighbours often have the same device and channel; then they share the string.
    private static string Text(ReadOnlySpan<byte> utf8, string previous)
    {
        Span<byte> bytes = stackalloc byte[512];
        return Encoding.UTF8.TryGetBytes(previous, bytes, out int length) && utf8.SequenceEqual(bytes[..length])
            ? previous
            : Encoding.UTF8.GetString(utf8);
    }
}
