using Microsoft.Extensions.Logging;

namespace Restante.Core;

internal static partial class Log
{
    [LoggerMessage(1020, LogLevel.Warning,
        "The revocation list of authority {Authority} is out of date since {NextUpdate:u}: certificates that rest on it are {Treatment}. "
            + "Put a newer list with 'restante authority crl {Authority} FILE'.")]
    public static partial void RevocationListExpired(ILogger logger, string authority, DateTimeOffset nextUpdate, string treatment);

    [LoggerMessage(1021, LogLevel.Error,
        "Authority {Authority} is not trusted: what is stored of it cannot be read. Remove it and add it again.")]
    public static partial void AuthorityUnreadable(ILogger logger, Exception exception, string authority);

    [LoggerMessage(1022, LogLevel.Error,
        "Issuer {Issuer} cannot issue or renew its revocation list: its key cannot be read. Create "
            + "another with 'restante issuer create NAME'.")]
    public static partial void IssuerUnreadable(ILogger logger, Exception exception, string issuer);

    [LoggerMessage(1024, LogLevel.Warning,
        "Issuer {Issuer} ends at {End:u}, and all that it issues with it. Create another in time with 'restante issuer create NAME': "
            + "devices get theirs from it at the next renewal.")]
    public static partial void IssuerEnds(ILogger logger, string issuer, DateTimeOffset end);

    [LoggerMessage(1023, LogLevel.Warning,
        "The revocation list of issuer {Issuer} is full with {Count} certificates; those of further removed devices are not in it. They "
            + "are refused all the same, as a certificate is for one generation of a device.")]
    public static partial void RevocationListFull(ILogger logger, string issuer, int count);

    [LoggerMessage(1000, LogLevel.Warning, "Expiry and retention are postponed: the store takes no work. {Cause}")]
    public static partial void MaintenancePostponed(ILogger logger, string cause);

    [LoggerMessage(1001, LogLevel.Error, "A round of looking after expiry and retention failed; the next one follows.")]
    public static partial void MaintenanceFailed(ILogger logger, Exception exception);

    [LoggerMessage(1010, LogLevel.Warning, "Jobs are postponed: the store takes no work. {Cause}")]
    public static partial void JobsPostponed(ILogger logger, string cause);

    [LoggerMessage(1011, LogLevel.Error, "A round of the jobs failed; the next one follows.")]
    public static partial void JobsFailed(ILogger logger, Exception exception);

    [LoggerMessage(1030, LogLevel.Warning,
        "The audit log cannot be written: the store takes no work. Acts are refused until it does; what waits is tried again. {Cause}")]
    public static partial void AuditPostponed(ILogger logger, string cause);

    [LoggerMessage(1031, LogLevel.Error,
        "The audit log cannot be written. Acts are refused until it can be; what waits is tried again.")]
    public static partial void AuditFailed(ILogger logger, Exception exception);

    [LoggerMessage(1032, LogLevel.Error,
        "The audit log can never hold one of the entries as it is. Another says so in its place.")]
    public static partial void AuditReplaced(ILogger logger, Exception exception);
}
