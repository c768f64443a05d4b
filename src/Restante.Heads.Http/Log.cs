using Microsoft.Extensions.Logging;

namespace Restante.Heads.Http;

internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Error, "The request {Method} {Route} failed by a fault of the gateway.")]
    public static partial void RequestFailed(ILogger logger, string method, string route, Exception cause);
}
