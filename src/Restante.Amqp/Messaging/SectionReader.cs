using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>Walks the sections of an encoded message in their order and checks that order. [AMQP 3.2]</summary>
public ref struct SectionReader
{
    private readonly ReadOnlySpan<byte> _message;
    private AmqpReader _reader;
    private SectionKind _previous;

    public SectionReader(ReadOnlySpan<byte> message)
    {
        _message = message;
        _reader = new AmqpReader(message);
    }

    public SectionKind Kind { get; private set; }

    /// <summary>The whole section, descriptor included.</summary>
    public ReadOnlySpan<byte> Section { get; private set; }

    /// <summary>The encoded value of the section: a list, a map, a binary or anything (amqp-value).</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next section; false at the end.</summary>
    public bool Next()
    {
        if (_reader.IsAtEnd)
            return false;
        int start = _reader.Position;
        ulong code = _reader.ReadDescriptor();
        if (code is < Descriptors.Header or > Descriptors.Footer)
            throw AmqpViolationException.Decode("A message has a section of an unknown kind.");
        Kind = (SectionKind)code;
        bool mayRepeat = Kind == _previous && Kind is SectionKind.Data or SectionKind.AmqpSequence;
        if (_previous != 0 && !mayRepeat && (Kind <= _previous || (IsBody(Kind) && IsBody(_previous))))
            throw AmqpViolationException.Decode("The sections of a message are out of order.");
        _previous = Kind;
        Value = _reader.ReadRaw();
        Section = _message[start.._reader.Position];
        CheckType();
        return true;
    }

    private static bool IsBody(SectionKind kind) => kind is SectionKind.Data or SectionKind.AmqpSequence or SectionKind.AmqpValue;

    private readonly void CheckType()
    {
        var code = (FormatCode)Value[0];
        bool fits = Kind switch
        {
            SectionKind.Header or SectionKind.Properties or SectionKind.AmqpSequence =>
                code is FormatCode.List0 or FormatCode.List8 or FormatCode.List32,
            SectionKind.Data => code is FormatCode.VBin8 or FormatCode.VBin32,
            SectionKind.AmqpValue => true,
            _ => code is FormatCode.Map8 or FormatCode.Map32,
        };
        if (!fits)
            throw AmqpViolationException.Decode("A section of a message holds a value of the wrong type.");
    }
}
