using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>One subscription of a client session.</summary>
/// <param name="Filter">Which filter, as an index into <see cref="Topics.FilterTable"/>.</param>
/// <param name="Qos">The QoS that was granted.</param>
/// <param name="Identifier">The subscription identifier; 0 for none.</param>
internal readonly record struct Subscription(byte Filter, MqttQos Qos, uint Identifier);
