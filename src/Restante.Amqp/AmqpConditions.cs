using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>The standard error conditions. [AMQP 2.8.15 to 2.8.18]</summary>
public static class AmqpConditions
{
    public static Symbol InternalError { get; } = "amqp:internal-error";

    public static Symbol NotFound { get; } = "amqp:not-found";

    public static Symbol UnauthorizedAccess { get; } = "amqp:unauthorized-access";

    public static Symbol DecodeError { get; } = "amqp:decode-error";

    public static Symbol ResourceLimitExceeded { get; } = "amqp:resource-limit-exceeded";

    public static Symbol NotAllowed { get; } = "amqp:not-allowed";

    public static Symbol InvalidField { get; } = "amqp:invalid-field";

    public static Symbol NotImplemented { get; } = "amqp:not-implemented";

    public static Symbol ResourceLocked { get; } = "amqp:resource-locked";

    public static Symbol PreconditionFailed { get; } = "amqp:precondition-failed";

    public static Symbol ResourceDeleted { get; } = "amqp:resource-deleted";

    public static Symbol IllegalState { get; } = "amqp:illegal-state";

    public static Symbol FrameSizeTooSmall { get; } = "amqp:frame-size-too-small";

    public static Symbol ConnectionForced { get; } = "amqp:connection:forced";

    public static Symbol FramingError { get; } = "amqp:connection:framing-error";

    public static Symbol ConnectionRedirect { get; } = "amqp:connection:redirect";

    public static Symbol WindowViolation { get; } = "amqp:session:window-violation";

    public static Symbol ErrantLink { get; } = "amqp:session:errant-link";

    public static Symbol HandleInUse { get; } = "amqp:session:handle-in-use";

    public static Symbol UnattachedHandle { get; } = "amqp:session:unattached-handle";

    public static Symbol DetachForced { get; } = "amqp:link:detach-forced";

    public static Symbol TransferLimitExceeded { get; } = "amqp:link:transfer-limit-exceeded";

    public static Symbol MessageSizeExceeded { get; } = "amqp:link:message-size-exceeded";

    public static Symbol LinkRedirect { get; } = "amqp:link:redirect";

    public static Symbol Stolen { get; } = "amqp:link:stolen";
}
