using System.Text.Unicode;

namespace Restante.Mqtt.Topics;

/// <summary>Rules for UTF-8 encoded strings. [MQTT 5 §1.5.4]</summary>
public static class MqttText
{
    /// <summary>The longest string the wire can carry, in bytes.</summary>
    public const int MaximumBytes = ushort.MaxValue;

    /// <summary>
    /// Whether the bytes are well-formed UTF-8 (no surrogates, nothing overlong) without U+0000. [MQTT-1.5.4-1] [MQTT-1.5.4-2]
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> text) => Utf8.IsValid(text) && !text.Contains((byte)0);
}
