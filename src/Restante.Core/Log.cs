using Microsoft.Extensions.Logging;

namespace Restante.Core;

internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Warning, "Expiry and retention are postponed: the store takes no work. {Cause}")]
    public static partial void MaintenancePostponed(ILogger logger, string cause);

    [LoggerMessage(1001, LogLevel.Error, "A round of looking after expiry and retention failed; the next one follows.")]
    public static partial void MaintenanceFailed(ILogger logger, Exception exception);

    [LoggerMessage(1010, LogLevel.Warning, "Jobs are postponed: the store takes no work. {Cause}")]
    public static partial void JobsPostponed(ILogger logger, string cause);

    [LoggerMessage(1011, LogLevel.Error, "A round of the jobs failed; the next one follows.")]
    public static partial void JobsFailed(ILogger logger, Exception exception);
}
