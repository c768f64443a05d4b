using Microsoft.Extensions.Logging;

namespace Restante.Core;

internal static partial class Log
{
    [LoggerMessage(1020, LogLevel.Warning, "The revocation list of authority {Authority} is out of date since {NextUpdate:u}: certificates that rest on it are {Treatment}. Put a newer list with 'restante authority crl {Authority} FILE'.")]
    public static partial void RevocationListExpired(ILogger logger, string authority, DateTimeOffset nextUpdate, string treatment);

    [LoggerMessage(1021, LogLevel.Error, "Authority {Authority} is not trusted: what is stored of it cannot be read. Remove it and add it again.")]
    public static partial void AuthorityUnreadable(ILogger logger, Exception exception, string authority);

    [LoggerMessage(1000, LogLevel.Warning, "Expiry and retention are postponed: the store takes no work. {Cause}")]
    public static partial void MaintenancePostponed(ILogger logger, string cause);

    [LoggerMessage(1001, LogLevel.Error, "A round of looking after expiry and retention failed; the next one follows.")]
    public static partial void MaintenanceFailed(ILogger logger, Exception exception);

    [LoggerMessage(1010, LogLevel.Warning, "Jobs are postponed: the store takes no work. {Cause}")]
    public static partial void JobsPostponed(ILogger logger, string cause);

    [LoggerMessage(1011, LogLevel.Error, "A round of the jobs failed; the next one follows.")]
    public static partial void JobsFailed(ILogger logger, Exception exception);
}
