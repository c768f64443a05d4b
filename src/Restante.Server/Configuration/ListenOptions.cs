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

    /// <summary>A port for all protocols over TLS, told apart by ALPN and by their first bytes; 0 for any free one, -1 for none.</summary>
    [Range(-1, 65535)]
    public int All { get; init; } = -1;

    /// <summary>What the listener for AMQP takes: <c>Amqp</c>, <c>Mqtt</c> and <c>Https</c>, separated by commas.</summary>
    public ListenProtocols AmqpProtocols { get; init; } = ListenProtocols.Amqp;

    /// <summary>What the listener for MQTT takes, written in the same way.</summary>
    public ListenProtocols MqttProtocols { get; init; } = ListenProtocols.Mqtt;

    /// <summary>What the listener for HTTPS takes, written in the same way; <c>Https</c> is always among it.</summary>
    public ListenProtocols HttpsProtocols { get; init; } = ListenProtocols.Https;

    /// <summary>
    /// Whether clients of the listener for AMQP, and of that for all protocols, are asked for a certificate. None has to be given.
    /// </summary>
    public bool AmqpClientCertificates { get; init; } = true;

    /// <summary>Whether clients of the listener for MQTT are asked for a certificate. None has to be given.</summary>
    public bool MqttClientCertificates { get; init; } = true;

    /// <summary>
    /// Whether clients of the listener for HTTPS are asked for a certificate. None has to be given, but a browser that has some asks its
    /// user which one to show.
    /// </summary>
    public bool HttpsClientCertificates { get; init; } = true;

    /// <summary>Whether AMQP and MQTT are also taken in WebSockets, at <c>/amqp</c> and <c>/mqtt</c> wherever HTTPS is.</summary>
    public bool WebSockets { get; init; } = true;

    /// <summary>
    /// A port for AMQP without TLS on the loopback address, for development and measuring; 0 for any free one, -1 for none.
    /// </summary>
    [Range(-1, 65535)]
    public int AmqpPlain { get; init; } = -1;

    /// <summary>
    /// A port for MQTT without TLS on the loopback address, for development and measuring; 0 for any free one, -1 for none.
    /// </summary>
    [Range(-1, 65535)]
    public int MqttPlain { get; init; } = -1;

    /// <summary>
    /// The address of the listeners without TLS. One that is not loopback needs <see cref="AllowPlainBeyondLoopback"/> as well.
    /// </summary>
    public string PlainAddress { get; init; } = "localhost";

    /// <summary>
    /// Lets <see cref="PlainAddress"/> be an address that others reach. Credentials and messages then travel readable: only where another
    /// layer encrypts.
    /// </summary>
    public bool AllowPlainBeyondLoopback { get; init; }
}
