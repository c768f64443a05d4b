using Restante.Core.Messages;

namespace Restante.Core.Selection;

/// <summary>The names a selector may use: those of the fields, the names JMS gives them, and those of properties.</summary>
internal sealed class MessageNameTable : INameTable
{
    private static readonly Dictionary<string, ContentField> s_fields = new(StringComparer.Ordinal)
    {
        ["kind"] = ContentField.End,
        ["message-id"] = ContentField.MessageId,
        ["user-id"] = ContentField.UserId,
        ["to"] = ContentField.To,
        ["subject"] = ContentField.Subject,
        ["reply-to"] = ContentField.ReplyTo,
        ["correlation-id"] = ContentField.CorrelationId,
        ["content-type"] = ContentField.ContentType,
        ["content-encoding"] = ContentField.ContentEncoding,
        ["creation-time"] = ContentField.CreationTime,
        ["group-id"] = ContentField.GroupId,
        ["group-sequence"] = ContentField.GroupSequence,
        ["reply-to-group-id"] = ContentField.ReplyToGroupId,
        ["JMSMessageID"] = ContentField.MessageId,
        ["JMSCorrelationID"] = ContentField.CorrelationId,
        ["JMSType"] = ContentField.Subject,
        ["JMSTimestamp"] = ContentField.CreationTime,
        ["JMSXUserID"] = ContentField.UserId,
        ["JMSXGroupID"] = ContentField.GroupId,
        ["JMSXGroupSeq"] = ContentField.GroupSequence,
    };

    private readonly List<MessageName> _names = [];

    /// <summary>What the text uses, by place.</summary>
    public MessageName[] Names => [.. _names];

    public Variable Find(NamePart[] name, out string? expected)
    {
        expected = null;
        MessageName found = name is [{ Text: "properties", IsQuoted: false }, _, ..]
            ? MessageName.OfProperty(Join(name.AsSpan(1)))
            : s_fields.TryGetValue(Join(name), out ContentField field) ? new MessageName(field, []) : MessageName.OfProperty(Join(name));
        return new Variable(PlaceOf(found), ExpressionShape.Either);
    }

    Variable? INameTable.Find(NamePart[] name, out string? expected) => Find(name, out expected);

    private static string Join(ReadOnlySpan<NamePart> parts)
    {
        string joined = parts[0].Text;
        foreach (NamePart part in parts[1..])
            joined += "." + part.Text;
        return joined;
    }

    private int PlaceOf(MessageName name)
    {
        int place = _names.FindIndex(n => n.Field == name.Field && n.Property.AsSpan().SequenceEqual(name.Property));
        if (place >= 0)
            return place;
        _names.Add(name);
        return _names.Count - 1;
    }
}
