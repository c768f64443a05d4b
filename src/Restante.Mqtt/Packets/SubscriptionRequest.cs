using Restante.Mqtt.Topics;

namespace Restante.Mqtt.Packets;

/// <summary>One filter of a received SUBSCRIBE, with its options. A view. [MQTT 5 §3.8.3]</summary>
public readonly ref struct SubscriptionRequest
{
    internal SubscriptionRequest(ReadOnlySpan<byte> filter, byte options)
    {
        Filter = filter;
        MaximumQos = (MqttQos)(options & 0x03);
        NoLocal = (options & 0x04) != 0;
        RetainAsPublished = (options & 0x08) != 0;
        RetainHandling = (MqttRetainHandling)((options >> 4) & 0x03);
    }

    /// <summary>The topic filter, well-formed; a shared subscription still carries its $share prefix.</summary>
    public ReadOnlySpan<byte> Filter { get; }

    public MqttQos MaximumQos { get; }

    public bool NoLocal { get; }

    public bool RetainAsPublished { get; }

    public MqttRetainHandling RetainHandling { get; }

    /// <summary>Whether the filter asks for a shared subscription. [MQTT 5 §4.8.2]</summary>
    public bool IsShared => TopicFilter.IsShared(Filter);
}
