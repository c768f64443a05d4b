using System.Text;

namespace Restante.Core.Messages;

/// <summary>
/// Walks the content of a message without allocating: call <see cref="Read"/> until it returns false, then take
/// <see cref="Body"/>. Content is written by <see cref="ContentWriter"/> only, so damage is our own fault and throws.
/// </summary>
/// <exception cref="InvalidDataException">The bytes are not a message's content.</exception>
public ref struct ContentReader
{
    private ReadOnlySpan<byte> _rest;
    private bool _ended;

    /// <summary>Begins to read.</summary>
    public ContentReader(ReadOnlySpan<byte> content)
    {
        if (content.Length < 3 || content[0] != ContentWriter.Version || content[1] > (byte)BodyKind.AmqpEncoded)
            throw new InvalidDataException("The bytes are not message content of a known version.");
        BodyKind = (BodyKind)content[1];
        _rest = content[2..];
        Field = ContentField.End;
        Name = default;
        ValueKind = ValueKind.Null;
        ValueBytes = default;
        _ended = false;
    }

    /// <summary>The form of the body.</summary>
    public BodyKind BodyKind { get; }

    /// <summary>The field that was read.</summary>
    public ContentField Field { get; private set; }

    /// <summary>The name of the property, as UTF-8; empty for other fields.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    private ValueKind ValueKind { get; set; }

    private ReadOnlySpan<byte> ValueBytes { get; set; }

    /// <summary>The value of the field.</summary>
    public readonly ContentValue Value => new(ValueKind, ValueBytes);

    /// <summary>The name of the property as text.</summary>
    public readonly string NameText => Encoding.UTF8.GetString(Name);

    /// <summary>The body; all fields must have been read.</summary>
    public readonly ReadOnlySpan<byte> Body => _ended ? _rest : throw new InvalidOperationException("Read the fields first.");

    /// <summary>Goes to the next field; false at the end of the fields.</summary>
    public bool Read()
    {
        if (_ended)
            return false;
        if (_rest.IsEmpty)
            throw new InvalidDataException("Message content ends within its fields.");
        Field = (ContentField)_rest[0];
        _rest = _rest[1..];
        if (Field == ContentField.End)
        {
            _ended = true;
            return false;
        }

        Name = Field == ContentField.Property ? Take() : default;
        if (_rest.IsEmpty)
            throw new InvalidDataException("Message content ends within a field.");
        ValueKind = (ValueKind)_rest[0];
        _rest = _rest[1..];
        ValueBytes = Take();
        if (ValueKind > ValueKind.Decimal128 || (ValueKind.Width() is int width && ValueBytes.Length != width))
            throw new InvalidDataException("Message content holds a value that does not fit its type.");
        return true;
    }

    /// <summary>Skips the fields and returns the body.</summary>
    public static ReadOnlySpan<byte> BodyOf(ReadOnlySpan<byte> content)
    {
        var reader = new ContentReader(content);
        while (reader.Read())
        {
        }

        return reader.Body;
    }

    private ReadOnlySpan<byte> Take()
    {
        uint length = 0;
        int at = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (at >= _rest.Length || shift > 28)
                throw new InvalidDataException("Message content has a broken length.");
            byte b = _rest[at++];
            length |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
                break;
        }

        if (length > _rest.Length - at)
            throw new InvalidDataException("Message content is cut short.");
        ReadOnlySpan<byte> value = _rest.Slice(at, (int)length);
        _rest = _rest[(at + (int)length)..];
        return value;
    }
}
