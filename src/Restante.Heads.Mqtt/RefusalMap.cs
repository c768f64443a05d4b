using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt;

/// <summary>What the refusals of the core are in MQTT. The engine turns the codes of 5.0 into what 3.1.1 knows.</summary>
internal static class RefusalMap
{
    /// <summary>In CONNACK. Every failed authentication is the same. [MQTT 5 §3.2.2.2]</summary>
    public static MqttReasonCode ForConnect(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound or RefusalKind.Unauthorized => MqttReasonCode.BadUserNameOrPassword,
        RefusalKind.Forbidden => MqttReasonCode.NotAuthorized,
        RefusalKind.Conflict => MqttReasonCode.ServerBusy,
        RefusalKind.MailboxFull or RefusalKind.TooLarge or RefusalKind.LimitReached => MqttReasonCode.QuotaExceeded,
        RefusalKind.Malformed => MqttReasonCode.TopicNameInvalid,
        RefusalKind.Expired => MqttReasonCode.UnspecifiedError,
        RefusalKind.Throttled => MqttReasonCode.ConnectionRateExceeded,
        RefusalKind.Unavailable => MqttReasonCode.ServerUnavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A refusal without a reason code."),
    };

    /// <summary>In PUBACK and PUBREC. [MQTT 5 §3.4.2.1]</summary>
    public static MqttReasonCode ForPublish(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound or RefusalKind.Malformed => MqttReasonCode.TopicNameInvalid,
        RefusalKind.Unauthorized or RefusalKind.Forbidden => MqttReasonCode.NotAuthorized,
        RefusalKind.MailboxFull or RefusalKind.TooLarge => MqttReasonCode.QuotaExceeded,
        RefusalKind.Throttled or RefusalKind.LimitReached => MqttReasonCode.QuotaExceeded,
        RefusalKind.Conflict or RefusalKind.Expired => MqttReasonCode.UnspecifiedError,
        RefusalKind.Unavailable => MqttReasonCode.ImplementationSpecificError,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A refusal without a reason code."),
    };

    /// <summary>In SUBACK and UNSUBACK. [MQTT 5 §3.9.3]</summary>
    public static MqttReasonCode ForSubscribe(RefusalKind kind) => kind switch
    {
        RefusalKind.Malformed => MqttReasonCode.TopicFilterInvalid,
        RefusalKind.NotFound or RefusalKind.Unauthorized or RefusalKind.Forbidden => MqttReasonCode.NotAuthorized,
        RefusalKind.MailboxFull or RefusalKind.TooLarge => MqttReasonCode.QuotaExceeded,
        RefusalKind.Throttled or RefusalKind.LimitReached => MqttReasonCode.QuotaExceeded,
        RefusalKind.Conflict or RefusalKind.Expired => MqttReasonCode.UnspecifiedError,
        RefusalKind.Unavailable => MqttReasonCode.ImplementationSpecificError,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A refusal without a reason code."),
    };

    /// <summary>In DISCONNECT, when the gateway ends the connection. [MQTT 5 §3.14.2.1]</summary>
    public static MqttReasonCode ForEnd(EndReason reason) => reason switch
    {
        EndReason.TakenOver => MqttReasonCode.SessionTakenOver,
        EndReason.Disabled or EndReason.Removed => MqttReasonCode.AdministrativeAction,
        EndReason.CredentialChanged or EndReason.TokenExpired => MqttReasonCode.NotAuthorized,
        EndReason.ScopeChanged or EndReason.RightsChanged => MqttReasonCode.NotAuthorized,
        EndReason.TooManyConnections => MqttReasonCode.QuotaExceeded,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "An end without a reason code."),
    };
}
