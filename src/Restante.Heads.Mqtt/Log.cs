using Microsoft.Extensions.Logging;

namespace Restante.Heads.Mqtt;

internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Debug, "Connection {Connection}: CONNECT refused with {Code}.")]
    public static partial void ConnectRefused(ILogger logger, long connection, Restante.Mqtt.Packets.MqttReasonCode code);

    [LoggerMessage(4001, LogLevel.Debug,
        "Connection {Connection}: device {Device} connected with MQTT {Version}, session present: {SessionPresent}.")]
    public static partial void Connected(ILogger logger, long connection, string device, string version, bool sessionPresent);

    [LoggerMessage(4002, LogLevel.Debug, "Connection {Connection}: device {Device} disconnected: {Cause}, {Reason}")]
    public static partial void Disconnected(
        ILogger logger, long connection, string device, Restante.Mqtt.MqttCloseCause cause, string? reason);

    [LoggerMessage(4003, LogLevel.Debug, "Connection {Connection}: a publish of device {Device} was refused with {Code}: {Reason}")]
    public static partial void PublishRefused(
        ILogger logger, long connection, string device, Restante.Mqtt.Packets.MqttReasonCode code, string reason);

    [LoggerMessage(4004, LogLevel.Information,
        "Connection {Connection}: closed, as MQTT 3.1.1 has no other way to refuse a publish of device {Device}: {Reason} "
            + "{Suppressed} like this were not logged.")]
    public static partial void ClosedByRefusal(ILogger logger, long connection, string device, string reason, long suppressed);

    [LoggerMessage(4005, LogLevel.Information,
        "Connection {Connection}: message {Sequence} was rejected for device {Device}: {Reason} {Suppressed} like this were not logged.")]
    public static partial void Misfit(ILogger logger, long connection, long sequence, string device, string reason, long suppressed);

    [LoggerMessage(4006, LogLevel.Warning,
        "Connection {Connection}: the session of device {Device} could not be kept: {Reason} {Suppressed} like this were not logged.")]
    public static partial void SessionNotKept(ILogger logger, long connection, string device, string reason, long suppressed);

    [LoggerMessage(4007, LogLevel.Warning,
        "Connection {Connection}: a kept session of device {Device} is dropped: {Reason}. {Suppressed} like this were not logged.")]
    public static partial void SessionDropped(ILogger logger, long connection, string device, string reason, long suppressed);

    [LoggerMessage(4008, LogLevel.Error, "Connection {Connection} failed.")]
    public static partial void Fault(ILogger logger, Exception exception, long connection);

    [LoggerMessage(4009, LogLevel.Error, "Connection {Connection}: giving back what it held failed.")]
    public static partial void EndFault(ILogger logger, Exception exception, long connection);

    [LoggerMessage(4011, LogLevel.Debug,
        "Connection {Connection}: the subscriptions of {Device} for {Child} have ended with {Code}: {Reason}")]
    public static partial void ChildLost(
        ILogger logger, long connection, string device, string child, Restante.Mqtt.Packets.MqttReasonCode code, string reason);

    [LoggerMessage(4010, LogLevel.Error, "Storing wills failed.")]
    public static partial void WillFault(ILogger logger, Exception exception);
}
