using Microsoft.Extensions.Logging;

namespace Restante.Core;

internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Warning, "Expiry and retention are postponed: the store takes no work. {Cause}")]
    public static partial void MaintenancePostponed(ILogger logger, string cause);
}
