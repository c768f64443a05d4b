using Microsoft.Extensions.Logging;

namespace Restante.Server.Hosting;

internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Information, "The gateway is ready. Data: {Data}; ports: AMQP {Amqp}, MQTT {Mqtt}, HTTPS {Https}")]
    public static partial void Started(ILogger logger, string data, int amqp, int mqtt, int https);

    [LoggerMessage(7001, LogLevel.Information, "The {Key} server certificate was read again; it is valid until {NotAfter}")]
    public static partial void CertificateReloaded(ILogger logger, string key, DateTimeOffset notAfter);

    [LoggerMessage(7004, LogLevel.Warning,
        "The server certificate {File} ends at {NotAfter}, in {Days} days. Put a renewed one there and send SIGHUP")]
    public static partial void CertificateEnds(ILogger logger, string file, DateTimeOffset notAfter, int days);

    [LoggerMessage(7005, LogLevel.Error,
        "The server certificate {File} ended at {NotAfter}: nobody trusts it. Put a renewed one there and send SIGHUP")]
    public static partial void CertificateExpired(ILogger logger, string file, DateTimeOffset notAfter);

    [LoggerMessage(7002, LogLevel.Error, "The server certificate was not reloaded, the old one stays in use. {Cause}")]
    public static partial void CertificateKept(ILogger logger, string cause);

    [LoggerMessage(7006, LogLevel.Error, "The server certificate was not reloaded by a fault of the gateway, the old one stays in use.")]
    public static partial void ReloadFailed(ILogger logger, Exception exception);

    [LoggerMessage(7007, LogLevel.Error, "{Work} ended by a fault. The gateway stops all the same.")]
    public static partial void StopFault(ILogger logger, Exception exception, string work);

    [LoggerMessage(7008, LogLevel.Error, "Reading HTTP connection {Connection} of a shared port failed by our own fault.")]
    public static partial void ReadFault(ILogger logger, Exception exception, string connection);

    [LoggerMessage(7009, LogLevel.Error, "What hangs on the end of HTTP connection {Connection} of a shared port failed.")]
    public static partial void ClosedFault(ILogger logger, Exception exception, string connection);

    [LoggerMessage(7011, LogLevel.Warning,
        "HTTPS connection {Connection} was given up: its requests had not ended {Seconds} s after the client had gone. {Suppressed} like "
            + "this were not logged.")]
    public static partial void ConnectionAbandoned(ILogger logger, string connection, int seconds, long suppressed);

    [LoggerMessage(EventId = 7012, Message = "{Suppressed} messages like the next one were not logged.")]
    public static partial void LeftOut(ILogger logger, LogLevel level, long suppressed);

    [LoggerMessage(7003, LogLevel.Information, "The gateway stops: {Reason}")]
    public static partial void Stopping(ILogger logger, string reason);

    [LoggerMessage(7010, LogLevel.Warning,
        "{Path} cannot be taken into the audit log: {Cause} See that the notes of local acts, and their directory, belong to this user.")]
    public static partial void NotesUnreadable(ILogger logger, string path, string cause);
}
