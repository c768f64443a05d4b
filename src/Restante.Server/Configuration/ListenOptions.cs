using System.ComponentModel.DataAnnotations;

namespace Restante.Server.Configuration;

/// <summary>Where the gateway listens.</summary>
public sealed record ListenOptions
{
    /// <summary>The address of all listeners; empty for every address of the machine.</summary>
    public string Address { get; init; } = string.Empty;

    /// <summary>The port for AMQP over TLS; 0 for any free one, -1 for none.</summary>
    [Range(-1, 65535)]
    public int Amqp { get; init; } = 5671;

    /// <summary>The port for MQTT over TLS; 0 for any free one, -1 for none.</summary>
    [Range(-1, 65535)]
    public int Mqtt { get; init; } = 8883;

    /// <summary>The port for HTTPS; 0 for any free one. The commands of <c>restante</c> need it.</summary>
    [Range(0, 65535)]
    public int Https { get; init; } = 8443;

    /// <summary>A port for AMQP without TLS on the loopback address, for development and measuring; 0 for any free one, -1 for none.</summary>
    [Range(-1, 65535)]
    public int AmqpPlain { get; init; } = -1;

    /// <summary>A port for MQTT without TLS on the loopback address, for development and measuring; 0 for any free one, -1 for none.</summary>
    [Range(-1, 65535)]
    public int MqttPlain { get; init; } = -1;
}
