using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <summary>
/// The peer broke the protocol or one of our limits. Thrown by the decoders; the connection turns it into a DISCONNECT,
/// a CONNACK or a plain close, so it does not leave <see cref="MqttConnection.Receive"/>.
/// </summary>
public sealed class MqttProtocolException : Exception
{
    public MqttProtocolException()
        : this(MqttReasonCode.ProtocolError, "Protocol error.")
    {
    }

    public MqttProtocolException(string message)
        : this(MqttReasonCode.ProtocolError, message)
    {
    }

    public MqttProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
        ReasonCode = MqttReasonCode.ProtocolError;
    }

    public MqttProtocolException(MqttReasonCode reasonCode, string message)
        : base(message)
    {
        ReasonCode = reasonCode;
    }

    /// <summary>The reason code that answers it in MQTT 5.</summary>
    public MqttReasonCode ReasonCode { get; }

    internal static MqttProtocolException Malformed(string message) => new(MqttReasonCode.MalformedPacket, message);
}
