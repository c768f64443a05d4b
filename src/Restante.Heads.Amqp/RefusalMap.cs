using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Amqp.Types;
using Restante.Core.Refusals;
using Restante.Core.Sessions;

namespace Restante.Heads.Amqp;

/// <summary>The one place where domain refusals become AMQP conditions and delivery states.</summary>
internal static class RefusalMap
{
    /// <summary>In how many milliseconds to come back: a key of an error's info, and a property of answers.</summary>
    public const string RetryAfter = "retry-after";

    public static Symbol Condition(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound => AmqpConditions.NotFound,
        RefusalKind.Unauthorized => AmqpConditions.UnauthorizedAccess,
        RefusalKind.Forbidden => AmqpConditions.UnauthorizedAccess,
        RefusalKind.Conflict => AmqpConditions.ResourceLocked,
        RefusalKind.MailboxFull => AmqpConditions.ResourceLimitExceeded,
        RefusalKind.TooLarge => AmqpConditions.MessageSizeExceeded,
        RefusalKind.Malformed => AmqpConditions.InvalidField,
        RefusalKind.Expired => AmqpConditions.PreconditionFailed,
        RefusalKind.Throttled => AmqpConditions.ResourceLimitExceeded,
        RefusalKind.LimitReached => AmqpConditions.ResourceLimitExceeded,
        RefusalKind.Unavailable => AmqpConditions.ResourceLimitExceeded,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The error; its info says in how many milliseconds to come back, where that is known.</summary>
    public static AmqpError Error(Refusal refusal) => new(
        Condition(refusal.Kind),
        refusal.Message,
        refusal.RetryAfterMs is long after ? new AmqpMap { [new Symbol(RetryAfter)] = (ulong)Math.Max(0, after) } : null);

    /// <summary>What a sender is told of its message: what may work later is given back, what never will is rejected.</summary>
    public static DeliveryState State(Refusal refusal) => refusal.Kind switch
    {
        RefusalKind.Unavailable or RefusalKind.Throttled => Released.Instance,
        _ => new Rejected(Error(refusal)),
    };

    /// <summary>The status of an answer to a request that was refused, as in HTTP.</summary>
    public static int Status(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound => 404,
        RefusalKind.Unauthorized => 401,
        RefusalKind.Forbidden => 403,
        RefusalKind.Conflict => 409,
        RefusalKind.MailboxFull => 429,
        RefusalKind.TooLarge => 413,
        RefusalKind.Malformed => 400,
        RefusalKind.Expired => 410,
        RefusalKind.Throttled => 429,
        RefusalKind.LimitReached => 409,
        RefusalKind.Unavailable => 503,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static SaslCode Sasl(Refusal refusal) => refusal.Kind switch
    {
        RefusalKind.Unavailable or RefusalKind.Throttled => SaslCode.SysTemp,
        _ => SaslCode.Auth,
    };

    public static Symbol Condition(EndReason reason) => reason switch
    {
        EndReason.TakenOver => AmqpConditions.ConnectionForced,
        EndReason.TooManyConnections => AmqpConditions.ResourceLimitExceeded,
        _ => AmqpConditions.UnauthorizedAccess,
    };
}
