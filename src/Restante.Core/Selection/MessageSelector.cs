using System.Text;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;

namespace Restante.Core.Selection;

/// <summary>
/// A condition on messages, in the subset of SQL-92 that JMS selectors are; see <c>docs/selection.md</c>. It reads the fields it needs in
/// one walk over the content. Any number of threads may evaluate it at once.
/// </summary>
public sealed class MessageSelector : IMessageFilter
{
    private static readonly Operand[] s_kinds = [Operand.Of("command"), Operand.Of("notification"), Operand.Of("answer")];

    private readonly Expression _condition;
    private readonly MessageName[] _names;

    private MessageSelector(string text, Expression condition, MessageName[] names)
    {
        Text = text;
        _condition = condition;
        _names = names;
    }

    /// <summary>The selector as it was written.</summary>
    public string Text { get; }

    /// <summary>
    /// Reads a selector; a blank one takes every message. Refusals: malformed, with the character and what was expected there; also beyond
    /// <see cref="SelectionLimits"/>.
    /// </summary>
    public static Result<MessageSelector> Parse(string text)
    {
        var names = new MessageNameTable();
        Result<Expression> read = Parser.Read(string.IsNullOrWhiteSpace(text) ? "true" : text, SelectionDialect.Selector, names);
        return read.IsSuccess ? new MessageSelector(text, read.Value, names.Names) : read.Refusal;
    }

    /// <summary>True when the condition holds; not when that is unknown, as for a property the message does not have.</summary>
    public bool Matches(MessageKind kind, ReadOnlySpan<byte> content)
    {
        var values = new Operand[_names.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (_names[i].IsKind)
                values[i] = (int)kind < s_kinds.Length ? s_kinds[(int)kind] : Operand.Other;
        }

        Span<bool> seen = stackalloc bool[values.Length];
        var reader = new ContentReader(content);
        while (values.Length > 0 && reader.Read())
        {
            // Of several properties with one name the first counts.
            int place = PlaceOf(reader.Field, reader.Name);
            if (place < 0 || seen[place])
                continue;
            seen[place] = true;
            values[place] = Value(reader.Value);
        }

        return _condition.Evaluate(values).Truth == true;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static Operand Value(ContentValue value) => value.Kind switch
    {
        ValueKind.Null => default,
        ValueKind.Boolean => Operand.Of(value.Bytes[0] != 0),
        ValueKind.UByte or ValueKind.UShort or ValueKind.UInt => Operand.Of((long)value.AsUInt64()),
        ValueKind.ULong => value.AsUInt64() <= long.MaxValue ? Operand.Of((long)value.AsUInt64()) : Operand.Of((double)value.AsUInt64()),
        ValueKind.SByte or ValueKind.Short or ValueKind.Int or ValueKind.Long or ValueKind.Timestamp => Operand.Of(value.AsInt64()),
        ValueKind.Float or ValueKind.Double => Operand.Of(value.AsDouble()),
        ValueKind.Char or ValueKind.Uuid => Operand.Of(value.AsText()),
        ValueKind.String or ValueKind.Symbol when value.Bytes.Length <= SelectionLimits.MaxValueBytes =>
            Operand.Of(Encoding.UTF8.GetString(value.Bytes)),
        ValueKind.String or ValueKind.Symbol => default,
        _ => Operand.Other,
    };

    private int PlaceOf(ContentField field, ReadOnlySpan<byte> property)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            if (_names[i].Field == field && property.SequenceEqual(_names[i].Property))
                return i;
        }

        return -1;
    }
}
