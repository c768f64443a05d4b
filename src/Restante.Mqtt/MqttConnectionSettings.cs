using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <summary>Limits and announced abilities of a connection. One object serves many connections.</summary>
public sealed record MqttConnectionSettings
{
    /// <summary>The largest packet size MQTT can express: a remaining length of 268,435,455 and its header.</summary>
    public const int LargestPacketSize = 268_435_460;

    /// <summary>
    /// Largest packet taken from the peer, in bytes with its header. 16 to 268,435,460; default 256 KiB. Larger: refused with 0x95.
    /// </summary>
    public int MaximumPacketSize { get; init; } = 256 * 1024;

    /// <summary>
    /// Largest CONNECT taken, in bytes with its header. 16 to 268,435,460; default 16 KiB. Larger: closed without an answer.
    /// </summary>
    public int MaximumConnectPacketSize { get; init; } = 16 * 1024;

    /// <summary>
    /// Unacknowledged QoS 1 and 2 messages taken from the peer at once. 1 to 65,535; default 64. More: 5.0 is closed with 0x93, from 3.1.1
    /// (which knows no such limit) reading pauses.
    /// </summary>
    public int ReceiveMaximum { get; init; } = 64;

    /// <summary>
    /// QoS 2 messages of a peer whose PUBREL is outstanding, those of earlier connections of the session included. 1 to 65,535; default
    /// 4,096. More: closed, 5.0 with 0x93.
    /// </summary>
    public int MaximumUnreleased { get; init; } = 4096;

    /// <summary>Upper bound on QoS 1 and 2 messages sent and not acknowledged, whatever the peer allows. 1 to 65,535; default 64.</summary>
    public int MaximumOutgoingInFlight { get; init; } = 64;

    /// <summary>
    /// Topic aliases the peer may define. 0 to 65,535; default 8. Each costs up to <see cref="MaximumTopicBytes"/> once used.
    /// </summary>
    public int TopicAliasMaximum { get; init; } = 8;

    /// <summary>Topic aliases used for sending, whatever the peer allows. 0 to 1,024; default 8.</summary>
    public int MaximumOutgoingTopicAliases { get; init; } = 8;

    /// <summary>
    /// SUBSCRIBE and UNSUBSCRIBE packets of the peer that may wait for their answer. 1 to 1,024; default 16. At the limit reading pauses.
    /// </summary>
    public int MaximumPendingRequests { get; init; } = 16;

    /// <summary>Filters in one SUBSCRIBE or UNSUBSCRIBE. 1 to 65,535; default 64. More: refused with 0x97.</summary>
    public int MaximumSubscriptionsPerPacket { get; init; } = 64;

    /// <summary>User properties in one property block. 0 to 65,535; default 64. More: refused with 0x97.</summary>
    public int MaximumUserProperties { get; init; } = 64;

    /// <summary>
    /// Bytes of all user property names and values in one block. 0 to 268,435,455; default 16 KiB. More: refused with 0x97.
    /// </summary>
    public int MaximumUserPropertyBytes { get; init; } = 16 * 1024;

    /// <summary>Length of a client identifier in bytes. 1 to 65,535; default 256. Longer: refused with 0x85.</summary>
    public int MaximumClientIdBytes { get; init; } = 256;

    /// <summary>Length of a topic name or filter in bytes. 1 to 65,535; default 4,096. Longer: refused with 0x90 or 0x8F.</summary>
    public int MaximumTopicBytes { get; init; } = 4096;

    /// <summary>Levels in a topic name or filter. 1 to 65,535; default 64. More: refused with 0x90 or 0x8F.</summary>
    public int MaximumTopicLevels { get; init; } = 64;

    /// <summary>Time for CONNECT to arrive (server) or to be answered (client), in milliseconds. 1 and up; default 10,000.</summary>
    public long ConnectTimeoutMs { get; init; } = 10_000;

    /// <summary>Client role: time for a PINGRESP, in milliseconds. 1 and up; default 10,000.</summary>
    public long PingResponseTimeoutMs { get; init; } = 10_000;

    /// <summary>Server role: highest QoS taken. Default 2. Above: refused with 0x9B. [MQTT-3.2.2-11]</summary>
    public MqttQos MaximumQos { get; init; } = MqttQos.ExactlyOnce;

    /// <summary>
    /// Server role: whether retained messages are taken. Default true. If not: 5.0 is refused with 0x9A, 3.1.1 passes with the flag
    /// visible.
    /// </summary>
    public bool RetainAvailable { get; init; } = true;

    /// <summary>Server role: whether filters with wildcards are taken. Default true. If not: refused with 0xA2.</summary>
    public bool WildcardSubscriptionAvailable { get; init; } = true;

    /// <summary>Server role: whether subscription identifiers are taken. Default true. If not: refused with 0xA1.</summary>
    public bool SubscriptionIdentifiersAvailable { get; init; } = true;

    /// <summary>Server role: whether shared subscriptions are taken. Default true. If not: refused with 0x9E.</summary>
    public bool SharedSubscriptionAvailable { get; init; } = true;

    internal static MqttConnectionSettings Default { get; } = new();

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/> when a value is outside its range.</summary>
    public void Validate()
    {
        Require(MaximumPacketSize, 16, LargestPacketSize, nameof(MaximumPacketSize));
        Require(MaximumConnectPacketSize, 16, LargestPacketSize, nameof(MaximumConnectPacketSize));
        Require(ReceiveMaximum, 1, ushort.MaxValue, nameof(ReceiveMaximum));
        Require(MaximumUnreleased, 1, ushort.MaxValue, nameof(MaximumUnreleased));
        Require(MaximumOutgoingInFlight, 1, ushort.MaxValue, nameof(MaximumOutgoingInFlight));
        Require(TopicAliasMaximum, 0, ushort.MaxValue, nameof(TopicAliasMaximum));
        Require(MaximumOutgoingTopicAliases, 0, 1024, nameof(MaximumOutgoingTopicAliases));
        Require(MaximumPendingRequests, 1, 1024, nameof(MaximumPendingRequests));
        Require(MaximumSubscriptionsPerPacket, 1, ushort.MaxValue, nameof(MaximumSubscriptionsPerPacket));
        Require(MaximumUserProperties, 0, ushort.MaxValue, nameof(MaximumUserProperties));
        Require(MaximumUserPropertyBytes, 0, LargestPacketSize, nameof(MaximumUserPropertyBytes));
        Require(MaximumClientIdBytes, 1, ushort.MaxValue, nameof(MaximumClientIdBytes));
        Require(MaximumTopicBytes, 1, ushort.MaxValue, nameof(MaximumTopicBytes));
        Require(MaximumTopicLevels, 1, ushort.MaxValue, nameof(MaximumTopicLevels));
        Require(ConnectTimeoutMs, 1, long.MaxValue, nameof(ConnectTimeoutMs));
        Require(PingResponseTimeoutMs, 1, long.MaxValue, nameof(PingResponseTimeoutMs));
        Require((long)MaximumQos, 0, 2, nameof(MaximumQos));
    }

    private static void Require(long value, long least, long most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must lie between {least} and {most}.");
        }
    }
}
