namespace Restante.Mqtt.Topics;

/// <summary>Rules for topic names, the addresses of messages. [MQTT 5 §4.7]</summary>
public static class TopicName
{
    /// <summary>
    /// Whether these bytes, already known to be valid text, are a topic name: at least one character, no wildcards.
    /// [MQTT-4.7.1-1] [MQTT-4.7.3-1]
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> topic) =>
        topic.Length is > 0 and <= MqttText.MaximumBytes && topic.IndexOfAny((byte)'+', (byte)'#') < 0;

    /// <summary>The number of levels, separated by slashes; empty levels count.</summary>
    public static int CountLevels(ReadOnlySpan<byte> topic) => topic.Count((byte)'/') + 1;
}
