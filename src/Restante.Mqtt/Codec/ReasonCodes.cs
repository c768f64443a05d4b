using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>Which reason codes a packet may carry, and their counterparts in 3.1.1. [MQTT 5 §2.4]</summary>
internal static class ReasonCodes
{
    private static ReadOnlySpan<byte> ConnAck =>
    [
        0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
    ];

    private static ReadOnlySpan<byte> Received => [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

    private static ReadOnlySpan<byte> Released => [0x00, 0x92];

    private static ReadOnlySpan<byte> SubAck => [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];

    private static ReadOnlySpan<byte> UnsubAck => [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];

    private static ReadOnlySpan<byte> Auth => [0x00, 0x18, 0x19];

    private static ReadOnlySpan<byte> DisconnectByClient =>
        [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];

    private static ReadOnlySpan<byte> DisconnectByServer =>
    [
        0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C,
        0x9D,
        0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
    ];

    /// <summary>Whether a packet of this type, sent by this role, may carry the code.</summary>
    public static bool IsAllowed(MqttPacketType type, MqttRole sender, MqttReasonCode code)
    {
        ReadOnlySpan<byte> allowed = type switch
        {
            MqttPacketType.ConnAck => ConnAck,
            MqttPacketType.PubAck or MqttPacketType.PubRec => Received,
            MqttPacketType.PubRel or MqttPacketType.PubComp => Released,
            MqttPacketType.SubAck => SubAck,
            MqttPacketType.UnsubAck => UnsubAck,
            MqttPacketType.Auth => Auth,
            MqttPacketType.Disconnect => sender == MqttRole.Client ? DisconnectByClient : DisconnectByServer,
            _ => default,
        };
        return allowed.Contains((byte)code);
    }

    /// <summary>The nearest code that the packet may carry. For codes that a decoder found fit for another packet.</summary>
    public static MqttReasonCode Narrow(MqttPacketType type, MqttRole sender, MqttReasonCode code) =>
        IsAllowed(type, sender, code) ? code : MqttReasonCode.ProtocolError;

    /// <summary>
    /// The return code of a 3.1.1 CONNACK for a refusal; 0 when the connection is to be closed without one. [MQTT 3.1.1 §3.2.2.3]
    /// </summary>
    public static byte ToReturnCode(MqttReasonCode code) => code switch
    {
        MqttReasonCode.UnsupportedProtocolVersion => 1,
        MqttReasonCode.ClientIdentifierNotValid => 2,
        MqttReasonCode.BadUserNameOrPassword => 4,
        MqttReasonCode.NotAuthorized or MqttReasonCode.Banned or MqttReasonCode.BadAuthenticationMethod => 5,
        MqttReasonCode.MalformedPacket or MqttReasonCode.ProtocolError => 0,
        _ => 3,
    };

    /// <summary>The reason code for a return code of a 3.1.1 CONNACK. [MQTT 3.1.1 §3.2.2.3]</summary>
    public static MqttReasonCode FromReturnCode(byte code) => code switch
    {
        0 => MqttReasonCode.Success,
        1 => MqttReasonCode.UnsupportedProtocolVersion,
        2 => MqttReasonCode.ClientIdentifierNotValid,
        3 => MqttReasonCode.ServerUnavailable,
        4 => MqttReasonCode.BadUserNameOrPassword,
        5 => MqttReasonCode.NotAuthorized,
        _ => throw new MqttProtocolException($"CONNACK return code {code} is reserved."),
    };
}
