using Microsoft.Extensions.Logging;

namespace Restante.Heads.Amqp;

internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Debug, "AMQP connection {Connection} ended: {Reason}")]
    public static partial void Ended(ILogger logger, long connection, string reason);

    [LoggerMessage(3001, LogLevel.Error, "AMQP connection {Connection}: a request failed by a fault of the gateway")]
    public static partial void Fault(ILogger logger, long connection, Exception fault);
}
