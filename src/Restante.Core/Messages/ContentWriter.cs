using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Restante.Core.Messages;

/// <summary>
/// Writes the content of a message in the gateway's own form, which carries what AMQP, MQTT and HTTP can say and keeps types:
/// a version byte, the form of the body, fields (tag, for a property its name, type, length, value), an end mark, and the body.
/// Write fields in any order, then <see cref="Body"/> once.
/// </summary>
public readonly ref struct ContentWriter
{
    /// <summary>The version of the form.</summary>
    internal const byte Version = 1;

    private readonly IBufferWriter<byte> _output;

    /// <summary>Begins to write.</summary>
    public ContentWriter(IBufferWriter<byte> output, BodyKind bodyKind)
    {
        _output = output;
        Span<byte> head = output.GetSpan(2);
        head[0] = Version;
        head[1] = (byte)bodyKind;
        output.Advance(2);
    }

    /// <summary>Writes a field that has text as its value; null writes nothing.</summary>
    public void Text(ContentField field, string? value)
    {
        if (value is null)
            return;
        Begin(field, ValueKind.String);
        WriteText(value);
    }

    /// <summary>Writes a field with a value in its encoding (see <see cref="ContentValue.Bytes"/>).</summary>
    /// <exception cref="ArgumentException">The value has not the width of its kind.</exception>
    public void Raw(ContentField field, ValueKind kind, ReadOnlySpan<byte> value)
    {
        CheckWidth(kind, value);
        Begin(field, kind);
        WriteBytes(value);
    }

    /// <summary>Writes a field that is a time.</summary>
    public void Timestamp(ContentField field, long ms)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, ms);
        Raw(field, ValueKind.Timestamp, bytes);
    }

    /// <summary>Writes a property with text as its value.</summary>
    public void Property(string name, string value)
    {
        BeginProperty(name);
        WriteKind(ValueKind.String);
        WriteText(value);
    }

    /// <summary>Writes a property with a value in its encoding.</summary>
    /// <exception cref="ArgumentException">The value has not the width of its kind.</exception>
    public void Property(string name, ValueKind kind, ReadOnlySpan<byte> value)
    {
        CheckWidth(kind, value);
        BeginProperty(name);
        WriteKind(kind);
        WriteBytes(value);
    }

    /// <summary>Writes a property whose name is UTF-8 already, with a value in its encoding.</summary>
    public void Property(ReadOnlySpan<byte> name, ValueKind kind, ReadOnlySpan<byte> value)
    {
        CheckWidth(kind, value);
        WriteKindByte((byte)ContentField.Property);
        WriteBytes(name);
        WriteKind(kind);
        WriteBytes(value);
    }

    /// <summary>Ends the fields and writes the body.</summary>
    public void Body(ReadOnlySpan<byte> body)
    {
        EndFields();
        _output.Write(body);
    }

    /// <summary>Ends the fields; what is written to the output from here on is the body.</summary>
    public void EndFields() => WriteKindByte((byte)ContentField.End);

    private static void CheckWidth(ValueKind kind, ReadOnlySpan<byte> value)
    {
        if (kind.Width() is int width && value.Length != width)
            throw new ArgumentException($"A value of kind {kind} has {width} bytes.", nameof(value));
    }

    private void Begin(ContentField field, ValueKind kind)
    {
        WriteKindByte((byte)field);
        WriteKind(kind);
    }

    private void BeginProperty(string name)
    {
        WriteKindByte((byte)ContentField.Property);
        WriteText(name);
    }

    private void WriteKind(ValueKind kind) => WriteKindByte((byte)kind);

    private void WriteKindByte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    private void WriteText(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        WriteLength(length);
        Span<byte> span = _output.GetSpan(Math.Max(length, 1));
        _output.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteLength(value.Length);
        _output.Write(value);
    }

    private void WriteLength(int length)
    {
        Span<byte> span = _output.GetSpan(5);
        int at = 0;
        uint rest = (uint)length;
        while (rest >= 0x80)
        {
            span[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        span[at++] = (byte)rest;
        _output.Advance(at);
    }
}
