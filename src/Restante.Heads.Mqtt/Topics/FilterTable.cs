using Restante.Core.Messages;

namespace Restante.Heads.Mqtt.Topics;

/// <summary>
/// The filters a device may subscribe to, each once for all connections: <c>mailbox/#</c> in its spellings selects all mail,
/// <c>mailbox/{kind}/#</c> in its spellings one kind; <c>state/#</c>, <c>state/desired</c> and <c>state/document</c> in theirs select the
/// state. A subscription is an index into this table.
/// </summary>
internal static class FilterTable
{
    private static readonly (string Filter, byte Kinds, StateTopics Topics)[] s_filters = Build();

    /// <summary>How many there are.</summary>
    public static int Count => s_filters.Length;

    /// <summary>The filter as text.</summary>
    public static string Text(int index) => s_filters[index].Filter;

    /// <summary>Whether the filter selects messages of the kind.</summary>
    public static bool Selects(int index, MessageKind kind) => (s_filters[index].Kinds & (1 << (int)kind)) != 0;

    /// <summary>The kinds of message that the filter selects.</summary>
    public static MessageKinds KindsOf(int index) => (MessageKinds)s_filters[index].Kinds;

    /// <summary>The topics of the state that the filter selects.</summary>
    public static StateTopics TopicsOf(int index) => s_filters[index].Topics;

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

    /// <summary>Whether the filter is about the state document at all.</summary>
    public static bool IsAboutState(ReadOnlySpan<byte> filter) => filter.StartsWith("state/"u8) || filter.SequenceEqual("state"u8);

    private static (string Filter, byte Kinds, StateTopics Topics)[] Build()
    {
        List<(string, byte, StateTopics)> filters = [];
        foreach (string all in (ReadOnlySpan<string>)["mailbox/#", "mailbox/+/#", "mailbox/+/+", "mailbox/+/+/#", "mailbox/+/+/+"])
            filters.Add((all, 7, StateTopics.None));
        foreach (MessageKind kind in Enum.GetValues<MessageKind>())
        {
            byte mask = (byte)(1 << (int)kind);
            foreach (string rest in (ReadOnlySpan<string>)["#", "+", "+/#", "+/+"])
                filters.Add(($"mailbox/{TopicTable.NameOf(kind)}/{rest}", mask, StateTopics.None));
        }

        // In 3.1.1 the bag is a level of its own, so the spellings with # are those that say what comes.
        foreach (string rest in (ReadOnlySpan<string>)["", "/#"])
        {
            filters.Add(($"state/+{rest}", 0, StateTopics.Desired | StateTopics.Document));
            filters.Add(($"state/desired{rest}", 0, StateTopics.Desired));
            filters.Add(($"state/document{rest}", 0, StateTopics.Document));
        }

        filters.Add(("state/#", 0, StateTopics.Desired | StateTopics.Document));

        return [.. filters];
    }
}
