using System.Net;
using Microsoft.Extensions.Logging;

namespace Restante.Net;

internal static partial class Log
{
    [LoggerMessage(EventId = 2001, Level = LogLevel.Information,
        Message = "The {Protocol} listener accepts connections on {EndPoint} ({Security}).")]
    public static partial void Listening(ILogger logger, string protocol, IPEndPoint endPoint, string security);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Information,
        Message = "The {Protocol} listener on {EndPoint} stopped accepting connections.")]
    public static partial void StoppedAccepting(ILogger logger, string protocol, IPEndPoint endPoint);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Error,
        Message = "The {Protocol} listener could not accept a connection: {Error}. It tries again in {BackOffMs} "
            + "ms. {Suppressed} like this were not logged.")]
    public static partial void AcceptFailed(ILogger logger, string protocol, string error, int backOffMs, long suppressed);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Warning,
        Message = "The {Protocol} listener refused a connection: {Reason}. {Suppressed} like this were not logged.")]
    public static partial void Refused(ILogger logger, string protocol, RefusalReason reason, long suppressed);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Information,
        Message = "A TLS handshake on the {Protocol} listener failed, peer {Peer}: {Outcome}, "
            + "{Detail}. {Suppressed} like this were not logged.")]
    public static partial void HandshakeFailed(
        ILogger logger, string protocol, EndPoint? peer, HandshakeOutcome outcome, string detail, long suppressed);

    [LoggerMessage(EventId = 2006, Level = LogLevel.Error,
        Message = "A TLS handshake on the {Protocol} listener failed by our own fault. {Suppressed} like this were not logged.")]
    public static partial void HandshakeFault(ILogger logger, Exception exception, string protocol, long suppressed);

    [LoggerMessage(EventId = 2007, Level = LogLevel.Error,
        Message = "The session of {Protocol} connection {Id} failed. {Suppressed} like this were not logged.")]
    public static partial void SessionFault(ILogger logger, Exception exception, string protocol, long id, long suppressed);

    [LoggerMessage(EventId = 2010, Level = LogLevel.Error,
        Message = "The transport of {Protocol} connection {Id} could not be closed. {Suppressed} like this were not logged.")]
    public static partial void TransportFault(ILogger logger, Exception exception, string protocol, long id, long suppressed);

    [LoggerMessage(EventId = 2008, Level = LogLevel.Information,
        Message = "OpenSSL cannot be told to release idle buffers ({Reason}); each idle TLS connection costs about 16 KB more.")]
    public static partial void BuffersNotReleased(ILogger logger, string reason);

    [LoggerMessage(EventId = 2009, Level = LogLevel.Warning,
        Message = "{Count} connections were still open when the drain time ended; they are aborted.")]
    public static partial void DrainTimeout(ILogger logger, int count);
}
