using Restante.Mqtt;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>Why a connection ended, in words for the history and the events, where nobody has given any.</summary>
internal static class CloseWords
{
    public static string Of(MqttCloseCause cause) => cause switch
    {
        MqttCloseCause.PeerDisconnected => "The device disconnected.",
        MqttCloseCause.LocallyDisconnected => "The gateway disconnected.",
        MqttCloseCause.Violation => "The device broke the protocol.",
        MqttCloseCause.ConnectRefused => "The connection was refused.",
        MqttCloseCause.ConnectTimeout => "No CONNECT came in time.",
        MqttCloseCause.KeepAliveTimeout => "The device was silent for longer than its keep-alive allows.",
        MqttCloseCause.PeerPacketLimit => "A packet did not fit the device's packet size.",
        MqttCloseCause.TransportLost => "The connection was lost.",
        _ => cause.ToString(),
    };
}
