using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Core.Refusals;
using Restante.Core.Sessions;

namespace Restante.Heads.Amqp.Tests;

public sealed class RefusalMapTests
{
    private static readonly Dictionary<RefusalKind, (string Condition, bool IsReleased, SaslCode Sasl)> s_table = new()
    {
        [RefusalKind.NotFound] = ("amqp:not-found", false, SaslCode.Auth),
        [RefusalKind.Unauthorized] = ("amqp:unauthorized-access", false, SaslCode.Auth),
        [RefusalKind.Forbidden] = ("amqp:unauthorized-access", false, SaslCode.Auth),
        [RefusalKind.Conflict] = ("amqp:resource-locked", false, SaslCode.Auth),
        [RefusalKind.MailboxFull] = ("amqp:resource-limit-exceeded", false, SaslCode.Auth),
        [RefusalKind.TooLarge] = ("amqp:link:message-size-exceeded", false, SaslCode.Auth),
        [RefusalKind.Malformed] = ("amqp:invalid-field", false, SaslCode.Auth),
        [RefusalKind.Expired] = ("amqp:precondition-failed", false, SaslCode.Auth),
        [RefusalKind.Throttled] = ("amqp:resource-limit-exceeded", true, SaslCode.SysTemp),
        [RefusalKind.LimitReached] = ("amqp:resource-limit-exceeded", false, SaslCode.Auth),
        [RefusalKind.Unavailable] = ("amqp:resource-limit-exceeded", true, SaslCode.SysTemp),
    };

    public static TheoryData<RefusalKind> Kinds { get; } = [.. Enum.GetValues<RefusalKind>()];

    public static TheoryData<EndReason> Reasons { get; } = [.. Enum.GetValues<EndReason>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_refusal_has_its_condition_and_its_delivery_state(RefusalKind kind)
    {
        (string condition, bool isReleased, SaslCode sasl) = s_table[kind];
        var refusal = new Refusal(kind, "why");
        Assert.Equal(condition, RefusalMap.Condition(kind).Value);
        Assert.Equal("why", RefusalMap.Error(refusal).Description);
        DeliveryState state = RefusalMap.State(refusal);
        if (isReleased)
            Assert.Same(Released.Instance, state);
        else
            Assert.Equal(condition, Assert.IsType<Rejected>(state).Error!.Condition.Value);
        Assert.Equal(sasl, RefusalMap.Sasl(refusal));
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_end_of_a_connection_has_its_condition(EndReason reason) => Assert.Equal(
        reason switch
        {
            EndReason.TakenOver => "amqp:connection:forced",
            EndReason.TooManyConnections => "amqp:resource-limit-exceeded",
            _ => "amqp:unauthorized-access",
        },
        RefusalMap.Condition(reason).Value);

    [Fact]
    public void An_error_and_an_answer_say_when_to_come_back_where_that_is_known()
    {
        var refusal = new Refusal(RefusalKind.Throttled, "why");
        Assert.Null(RefusalMap.Error(refusal).Info);
        Assert.Null(Requests.Answer.Refused(refusal).RetryAfterMs);
        refusal = refusal with { RetryAfterMs = 1_500 };
        Assert.Equal(1_500UL, RefusalMap.Error(refusal).Info![new Restante.Amqp.Types.Symbol("retry-after")]);
        Assert.Equal(1_500, Requests.Answer.Refused(refusal).RetryAfterMs);
    }
}
