namespace Restante.Mqtt.Topics;

/// <summary>Rules for topic filters: wildcards, shared subscriptions, matching. [MQTT 5 §4.7, §4.8.2]</summary>
public static class TopicFilter
{
    private static ReadOnlySpan<byte> SharePrefix => "$share/"u8;

    /// <summary>
    /// Whether these bytes, already known to be valid text, are a topic filter without looking for a shared subscription: not
    /// empty, "+" alone in its level, "#" alone in the last. [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1]
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty || filter.Length > MqttText.MaximumBytes)
        {
            return false;
        }

        for (int i = 0; i < filter.Length; i++)
        {
            if (filter[i] is not ((byte)'+' or (byte)'#'))
            {
                continue;
            }

            bool startsLevel = i == 0 || filter[i - 1] == '/';
            bool endsFilter = i == filter.Length - 1;
            bool endsLevel = endsFilter || (filter[i] == '+' && filter[i + 1] == '/');
            if (!startsLevel || !endsLevel)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the filter contains a wildcard.</summary>
    public static bool HasWildcard(ReadOnlySpan<byte> filter) => filter.IndexOfAny((byte)'+', (byte)'#') >= 0;

    /// <summary>Whether the filter starts as a shared subscription does. See <see cref="TryParseShared"/> for its form.</summary>
    public static bool IsShared(ReadOnlySpan<byte> filter) => filter.StartsWith(SharePrefix);

    /// <summary>
    /// Splits "$share/{name}/{filter}". False when it is not of that form: the name needs one character at least and no wildcard, the
    /// filter must be valid. [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    /// </summary>
    public static bool TryParseShared(ReadOnlySpan<byte> filter, out ReadOnlySpan<byte> shareName, out ReadOnlySpan<byte> innerFilter)
    {
        shareName = default;
        innerFilter = default;
        if (!IsShared(filter))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = filter[SharePrefix.Length..];
        int slash = rest.IndexOf((byte)'/');
        if (slash <= 0 || HasWildcard(rest[..slash]) || !IsValid(rest[(slash + 1)..]))
        {
            return false;
        }

        shareName = rest[..slash];
        innerFilter = rest[(slash + 1)..];
        return true;
    }

    /// <summary>
    /// Whether a valid topic name matches a valid filter (without its $share prefix). A wildcard at the start does not match
    /// a name that starts with "$". [MQTT-4.7.2-1]
    /// </summary>
    public static bool Matches(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> topic)
    {
        if (topic.Length > 0 && topic[0] == '$' && filter.Length > 0 && filter[0] is (byte)'+' or (byte)'#')
        {
            return false;
        }

        while (true)
        {
            ReadOnlySpan<byte> pattern = TakeLevel(ref filter, out bool moreFilter);
            if (pattern is [(byte)'#'])
            {
                return true;
            }

            ReadOnlySpan<byte> level = TakeLevel(ref topic, out bool moreTopic);
            if (pattern is not [(byte)'+'] && !pattern.SequenceEqual(level))
            {
                return false;
            }

            if (!moreTopic)
            {
                // "sport/#" also matches its parent "sport". [MQTT 5 §4.7.1.2]
                return !moreFilter || filter is [(byte)'#'];
            }

            if (!moreFilter)
            {
                return false;
            }
        }
    }

    private static ReadOnlySpan<byte> TakeLevel(ref ReadOnlySpan<byte> rest, out bool more)
    {
        int slash = rest.IndexOf((byte)'/');
        more = slash >= 0;
        ReadOnlySpan<byte> level = more ? rest[..slash] : rest;
        rest = more ? rest[(slash + 1)..] : default;
        return level;
    }
}
