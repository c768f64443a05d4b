namespace Restante.Server.Configuration;

/// <summary>The protocols that a TLS listener takes.</summary>
[Flags]
public enum ListenProtocols
{
    /// <summary>None: of no use.</summary>
    None = 0,

    /// <summary>AMQP 1.0.</summary>
    Amqp = 1,

    /// <summary>MQTT 3.1.1 and 5.0.</summary>
    Mqtt = 2,

    /// <summary>HTTPS, and WebSocket in it.</summary>
    Https = 4,
}
