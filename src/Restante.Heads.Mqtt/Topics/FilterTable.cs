using System.Text;
using Restante.Core.Messages;
using Restante.Core.Refusals;

namespace Restante.Heads.Mqtt.Topics;

/// <summary>
/// The filters a device may subscribe to, each once for all connections: <c>mailbox/#</c> in its spellings selects all mail,
/// <c>mailbox/{kind}/#</c> in its spellings one kind; <c>state/#</c>, <c>state/desired</c> and <c>state/document</c> in theirs select the
/// state. A field gateway may subscribe to each of them, and to <c>ended</c>, below <c>devices/{id}/</c>. A subscription is an index into
/// this table.
/// </summary>
internal static class FilterTable
{
    private static readonly (string Filter, byte Kinds, StateTopics Topics)[] s_filters = Build(out s_own);

    // So many of them are filters of a device for itself.
    private static readonly int s_own;

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

    /// <summary>Whether the filter selects what tells a field gateway that its subscriptions for a device have ended.</summary>
    public static bool IsEnded(int index) => index >= s_own;

    /// <summary>Finds a filter, spelt exactly so; -1 when there is no such.</summary>
    /// <param name="filter">The filter, without the device that it is about.</param>
    public static int Find(ReadOnlySpan<byte> filter) => Find(filter, s_filters.Length);

    /// <summary>Finds a filter as a device sent it; -1 when there is no such.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="child">The device behind the one that is connected, not yet checked; null for the device itself.</param>
    public static int Find(ReadOnlySpan<byte> filter, out string? child)
    {
        child = null;
        if (!IsAboutChild(filter))
            return Find(filter, s_own);
        ReadOnlySpan<byte> rest = filter["devices/"u8.Length..];
        int slash = rest.IndexOf((byte)'/');
        if (slash <= 0 || rest[..slash].IndexOfAny((byte)'+', (byte)'#') >= 0)
            return -1;
        child = Encoding.UTF8.GetString(rest[..slash]);
        return Find(rest[(slash + 1)..], s_filters.Length);
    }

    /// <summary>Why a filter that is not found is refused.</summary>
    public static Refusal WhyNot(ReadOnlySpan<byte> filter) =>
        IsAbout(filter, "mailbox"u8) ? new Refusal(
            RefusalKind.Malformed,
            "The mailbox is subscribed to as mailbox/#, or by kind as mailbox/commands/#, mailbox/notifications/# or mailbox/answers/#.")
        : IsAbout(filter, "state"u8) ? new Refusal(
            RefusalKind.Malformed, "The state is subscribed to as state/#, state/desired/# or state/document/#.")
        : IsAboutChild(filter) ? new Refusal(
            RefusalKind.Malformed,
            "A field gateway names each device, and then what it wants of it: devices/{id}/mailbox/#, "
                + "devices/{id}/state/# or devices/{id}/ended.")
        : new Refusal(RefusalKind.Forbidden, "A device subscribes to its own mailbox and state only: mailbox/# and state/#.");

    private static bool IsAboutChild(ReadOnlySpan<byte> filter) => filter.StartsWith("devices/"u8);

    private static bool IsAbout(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> first) =>
        filter.StartsWith(first) && (filter.Length == first.Length || filter[first.Length] == '/');

    private static int Find(ReadOnlySpan<byte> filter, int among)
    {
        for (int i = 0; i < among; i++)
        {
            if (Ascii.Equals(filter, s_filters[i].Filter))
                return i;
        }

        return -1;
    }

    private static (string Filter, byte Kinds, StateTopics Topics)[] Build(out int own)
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
        own = filters.Count;
        filters.Add((TopicTable.Ended, 0, StateTopics.None));
        filters.Add((TopicTable.Ended + "/#", 0, StateTopics.None));
        return [.. filters];
    }
}
