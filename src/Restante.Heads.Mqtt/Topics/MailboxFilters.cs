using Restante.Core.Messages;

namespace Restante.Heads.Mqtt.Topics;

/// <summary>
/// The filters a device may subscribe to, each once for all connections: <c>mailbox/#</c> in its spellings selects all mail,
/// <c>mailbox/{kind}/#</c> in its spellings one kind. A subscription is an index into this table.
/// </summary>
internal static class MailboxFilters
{
    private static readonly (string Filter, byte Kinds)[] s_filters = Build();

    /// <summary>How many there are.</summary>
    public static int Count => s_filters.Length;

    /// <summary>The filter as text.</summary>
    public static string Text(int index) => s_filters[index].Filter;

    /// <summary>Whether the filter selects messages of the kind.</summary>
    public static bool Selects(int index, MessageKind kind) => (s_filters[index].Kinds & (1 << (int)kind)) != 0;

    /// <summary>The kinds of message that the filter selects.</summary>
    public static MessageKinds KindsOf(int index) => (MessageKinds)s_filters[index].Kinds;

    /// <summary>Finds a filter, spelt exactly so; -1 when there is no such.</summary>
    public static int Find(ReadOnlySpan<byte> filter)
    {
        for (int i = 0; i < s_filters.Length; i++)
        {
            if (System.Text.Ascii.Equals(filter, s_filters[i].Filter))
                return i;
        }

        return -1;
    }

    /// <summary>Whether the filter is about the mailbox at all, so that a wrong one is a wrong spelling and not another's topic.</summary>
    public static bool IsAboutMailbox(ReadOnlySpan<byte> filter) => filter.StartsWith("mailbox/"u8) || filter.SequenceEqual("mailbox"u8);

    private static (string Filter, byte Kinds)[] Build()
    {
        List<(string, byte)> filters = [("mailbox/#", 7), ("mailbox/+/#", 7), ("mailbox/+/+", 7), ("mailbox/+/+/#", 7), ("mailbox/+/+/+", 7)];
        foreach (MessageKind kind in Enum.GetValues<MessageKind>())
        {
            byte mask = (byte)(1 << (int)kind);
            foreach (string rest in (ReadOnlySpan<string>)["#", "+", "+/#", "+/+"])
                filters.Add(($"mailbox/{TopicTable.NameOf(kind)}/{rest}", mask));
        }

        return [.. filters];
    }
}
