using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>For each property identifier its wire type, the packets it belongs to and the range of its value. [MQTT 5 Table 2-4]</summary>
internal static class PropertyTable
{
    private const uint Any = uint.MaxValue;

    private static readonly Rule[] _rules = Build();

    public static int Count => _rules.Length;

    public static Rule Find(uint id) => id < _rules.Length ? _rules[id] : default;

    private static Rule[] Build()
    {
        Rule[] rules = new Rule[(int)MqttPropertyId.SharedSubscriptionAvailable + 1];

        void Add(MqttPropertyId id, PropertyKind kind, PropertyScope scope, uint least = 0, uint most = Any) =>
            rules[(int)id] = new Rule(kind, scope, least, most);

        Add(MqttPropertyId.PayloadFormatIndicator, PropertyKind.Byte, PropertyScope.Message, most: 1);
        Add(MqttPropertyId.MessageExpiryInterval, PropertyKind.UInt32, PropertyScope.Message);
        Add(MqttPropertyId.ContentType, PropertyKind.Text, PropertyScope.Message);
        Add(MqttPropertyId.ResponseTopic, PropertyKind.Text, PropertyScope.Message);
        Add(MqttPropertyId.CorrelationData, PropertyKind.Binary, PropertyScope.Message);
        Add(
            MqttPropertyId.SubscriptionIdentifier, PropertyKind.VariableByteInteger, PropertyScope.Publish | PropertyScope.Subscribe,
            least: 1);
        Add(
            MqttPropertyId.SessionExpiryInterval, PropertyKind.UInt32,
            PropertyScope.Connect | PropertyScope.ConnAck | PropertyScope.Disconnect);
        Add(MqttPropertyId.AssignedClientIdentifier, PropertyKind.Text, PropertyScope.ConnAck);
        Add(MqttPropertyId.ServerKeepAlive, PropertyKind.UInt16, PropertyScope.ConnAck);
        Add(MqttPropertyId.AuthenticationMethod, PropertyKind.Text, PropertyScope.Connect | PropertyScope.ConnAck | PropertyScope.Auth);
        Add(MqttPropertyId.AuthenticationData, PropertyKind.Binary, PropertyScope.Connect | PropertyScope.ConnAck | PropertyScope.Auth);
        Add(MqttPropertyId.RequestProblemInformation, PropertyKind.Byte, PropertyScope.Connect, most: 1);
        Add(MqttPropertyId.WillDelayInterval, PropertyKind.UInt32, PropertyScope.Will);
        Add(MqttPropertyId.RequestResponseInformation, PropertyKind.Byte, PropertyScope.Connect, most: 1);
        Add(MqttPropertyId.ResponseInformation, PropertyKind.Text, PropertyScope.ConnAck);
        Add(MqttPropertyId.ServerReference, PropertyKind.Text, PropertyScope.ConnAck | PropertyScope.Disconnect);
        Add(MqttPropertyId.ReasonString, PropertyKind.Text, PropertyScope.Answer);
        Add(MqttPropertyId.ReceiveMaximum, PropertyKind.UInt16, PropertyScope.Connect | PropertyScope.ConnAck, least: 1);
        Add(MqttPropertyId.TopicAliasMaximum, PropertyKind.UInt16, PropertyScope.Connect | PropertyScope.ConnAck);
        Add(MqttPropertyId.TopicAlias, PropertyKind.UInt16, PropertyScope.Publish);
        Add(MqttPropertyId.MaximumQos, PropertyKind.Byte, PropertyScope.ConnAck, most: 1);
        Add(MqttPropertyId.RetainAvailable, PropertyKind.Byte, PropertyScope.ConnAck, most: 1);
        Add(MqttPropertyId.UserProperty, PropertyKind.TextPair, PropertyScope.All);
        Add(MqttPropertyId.MaximumPacketSize, PropertyKind.UInt32, PropertyScope.Connect | PropertyScope.ConnAck, least: 1);
        Add(MqttPropertyId.WildcardSubscriptionAvailable, PropertyKind.Byte, PropertyScope.ConnAck, most: 1);
        Add(MqttPropertyId.SubscriptionIdentifierAvailable, PropertyKind.Byte, PropertyScope.ConnAck, most: 1);
        Add(MqttPropertyId.SharedSubscriptionAvailable, PropertyKind.Byte, PropertyScope.ConnAck, most: 1);
        return rules;
    }

    /// <summary>What is laid down for one property; a kind of none where the identifier is not assigned.</summary>
    public readonly record struct Rule(PropertyKind Kind, PropertyScope Scope, uint Least, uint Most);
}
