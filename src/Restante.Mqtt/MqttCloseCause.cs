namespace Restante.Mqtt;

/// <summary>Why a connection ended.</summary>
public enum MqttCloseCause
{
    /// <summary>The peer sent DISCONNECT.</summary>
    PeerDisconnected,

    /// <summary>The owner called Disconnect.</summary>
    LocallyDisconnected,

    /// <summary>The peer broke the protocol or a limit; the reason code says how.</summary>
    Violation,

    /// <summary>The CONNECT was refused, by this side or by the server.</summary>
    ConnectRefused,

    /// <summary>CONNECT or its answer did not come in time.</summary>
    ConnectTimeout,

    /// <summary>The client was silent for one and a half times its keep-alive, or the server did not answer a PINGREQ.</summary>
    KeepAliveTimeout,

    /// <summary>A packet that has to be sent does not fit the peer's maximum packet size.</summary>
    PeerPacketLimit,

    /// <summary>The transport ended without a DISCONNECT.</summary>
    TransportLost,
}
