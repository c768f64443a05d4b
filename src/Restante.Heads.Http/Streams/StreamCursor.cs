using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Restante.Core.Streams;

namespace Restante.Heads.Http.Streams;

/// <summary>
/// Where a reader stands: in the events, in one partition, or in all of them. Its text form is opaque to clients: base64url of a version, a
/// scope, whose turn it is, and the next sequence numbers. It names places only, so a forged one gives nothing that asking would not.
/// </summary>
internal sealed class StreamCursor
{
    /// <summary>The longest text form that is read: 1,024 partitions with numbers of nine bytes.</summary>
    public const int MaxLength = 16 * 1024;

    private const byte Version = 1;
    private readonly int _partition;
    private readonly long[] _next;

    private StreamCursor(CursorScope scope, int partition, long[] next, int turn = 0)
    {
        Scope = scope;
        _partition = partition;
        _next = next;
        Turn = turn;
    }

    public CursorScope Scope { get; }

    /// <summary>How many streams it covers.</summary>
    public int Count => _next.Length;

    /// <summary>Which of them is read first next time, so that a busy one does not starve the others.</summary>
    public int Turn { get; set; }

    public static StreamCursor ForEvents() => new(CursorScope.Events, 0, [1]);

    public static StreamCursor ForPartition(int partition) => new(CursorScope.Partition, partition, [1]);

    public static StreamCursor ForAll(int partitions)
    {
        long[] next = new long[partitions];
        Array.Fill(next, 1);
        return new(CursorScope.All, 0, next);
    }

    /// <summary>The stream at an index.</summary>
    public StreamId Stream(int index) => Scope switch
    {
        CursorScope.Events => StreamId.Events,
        CursorScope.Partition => StreamId.Telemetry(_partition),
        _ => StreamId.Telemetry(index),
    };

    public long Next(int index) => _next[index];

    public void MoveTo(int index, long next) => _next[index] = next;

    public string Encode()
    {
        var bytes = new List<byte>(4 + (_next.Length * 4)) { Version, (byte)Scope };
        WriteNumber(bytes, Scope == CursorScope.All ? Turn : _partition);
        foreach (long next in _next)
            WriteNumber(bytes, next);
        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <summary>Reads the text form; false when it is none, or of a gateway with another number of partitions.</summary>
    public static bool TryDecode(string text, int partitions, [NotNullWhen(true)] out StreamCursor? cursor)
    {
        cursor = null;
        if (text.Length > MaxLength || !Base64Url.IsValid(text))
            return false;
        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length < 4 || bytes[0] != Version || bytes[1] > (byte)CursorScope.All)
            return false;
        var scope = (CursorScope)bytes[1];
        bytes = bytes[2..];
        if (!TryReadNumber(ref bytes, out long first) || first >= partitions)
            return false;
        long[] next = new long[scope == CursorScope.All ? partitions : 1];
        for (int i = 0; i < next.Length; i++)
        {
            if (!TryReadNumber(ref bytes, out next[i]) || next[i] < 1)
                return false;
        }

        if (!bytes.IsEmpty)
            return false;
        cursor = scope == CursorScope.All ? new(scope, 0, next, (int)first) : new(scope, (int)first, next);
        return true;
    }

    private static void WriteNumber(List<byte> bytes, long value)
    {
        ulong rest = (ulong)value;
        while (rest >= 0x80)
        {
            bytes.Add((byte)(rest | 0x80));
            rest >>= 7;
        }

        bytes.Add((byte)rest);
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out long value)
    {
        value = 0;
        for (int i = 0; i < bytes.Length && i < 9; i++)
        {
            value |= (long)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}

/// <summary>What a cursor covers.</summary>
internal enum CursorScope : byte
{
    Events = 0,
    Partition = 1,
    All = 2,
}
