using System.Buffers.Binary;
using System.Text;
using Restante.Core.Streams;

namespace Restante.Storage.Streams.Segments;

/// <summary>How a record stands in a block: time (8), content length (4), source length (2), channel length (2), then the three.</summary>
internal static class RecordFormat
{
    /// <summary>The bytes before the source.</summary>
    public const int Head = 16;

    /// <summary>What the channel's length says when there is none.</summary>
    public const ushort NoChannel = ushort.MaxValue;

    /// <summary>The bytes a record takes.</summary>
    public static int SizeOf(in StreamAppend item) =>
        Head + Encoding.UTF8.GetByteCount(item.Source) + (item.Channel is null ? 0 : Encoding.UTF8.GetByteCount(item.Channel))
        + item.Content.Length;

    /// <summary>Writes a record of exactly the size told before.</summary>
    public static void Write(Span<byte> to, in StreamAppend item, long timeMs)
    {
        int at = Head;
        int source = Encoding.UTF8.GetBytes(item.Source, to[at..]);
        at += source;
        int channel = NoChannel;
        if (item.Channel is not null)
        {
            channel = Encoding.UTF8.GetBytes(item.Channel, to[at..]);
            at += channel;
        }

        item.Content.Span.CopyTo(to[at..]);
        BinaryPrimitives.WriteInt64LittleEndian(to, timeMs);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], item.Content.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(to[12..], (ushort)source);
        BinaryPrimitives.WriteUInt16LittleEndian(to[14..], (ushort)channel);
    }
}
