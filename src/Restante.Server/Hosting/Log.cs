using Microsoft.Extensions.Logging;

namespace Restante.Server.Hosting;

internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Information, "The gateway is ready. Data: {Data}; ports: AMQP {Amqp}, MQTT {Mqtt}, HTTPS {Https}")]
    public static partial void Started(ILogger logger, string data, int amqp, int mqtt, int https);

    [LoggerMessage(7001, LogLevel.Information, "The server certificate was read again; it is valid until {NotAfter}")]
    public static partial void CertificateReloaded(ILogger logger, DateTimeOffset notAfter);

    [LoggerMessage(7002, LogLevel.Error, "The server certificate was not reloaded, the old one stays in use. {Cause}")]
    public static partial void CertificateKept(ILogger logger, string cause);

    [LoggerMessage(7003, LogLevel.Information, "The gateway stops: {Reason}")]
    public static partial void Stopping(ILogger logger, string reason);
}
