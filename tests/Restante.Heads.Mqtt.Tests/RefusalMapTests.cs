using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

public sealed class RefusalMapTests
{
    public static TheoryData<RefusalKind, byte, byte, byte> Table => new()
    {
        { RefusalKind.NotFound, 0x86, 0x90, 0x87 },
        { RefusalKind.Unauthorized, 0x86, 0x87, 0x87 },
        { RefusalKind.Forbidden, 0x87, 0x87, 0x87 },
        { RefusalKind.Conflict, 0x89, 0x80, 0x80 },
        { RefusalKind.MailboxFull, 0x97, 0x97, 0x97 },
        { RefusalKind.TooLarge, 0x97, 0x97, 0x97 },
        { RefusalKind.Malformed, 0x90, 0x90, 0x8F },
        { RefusalKind.Expired, 0x80, 0x80, 0x80 },
        { RefusalKind.Throttled, 0x9F, 0x97, 0x97 },
        { RefusalKind.LimitReached, 0x97, 0x97, 0x97 },
        { RefusalKind.Unavailable, 0x88, 0x83, 0x83 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Every_kind_has_its_codes(RefusalKind kind, byte connect, byte publish, byte subscribe)
    {
        Assert.Equal((MqttReasonCode)connect, RefusalMap.ForConnect(kind));
        Assert.Equal((MqttReasonCode)publish, RefusalMap.ForPublish(kind));
        Assert.Equal((MqttReasonCode)subscribe, RefusalMap.ForSubscribe(kind));
    }

    [Fact]
    public void No_kind_is_forgotten()
    {
        Assert.Equal(Enum.GetValues<RefusalKind>().Order(), Table.Select(row => (RefusalKind)((object[])row)[0]).Order());
        byte[] publishCodes = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
        byte[] subscribeCodes = [0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];
        foreach (RefusalKind kind in Enum.GetValues<RefusalKind>())
        {
            Assert.Contains((byte)RefusalMap.ForPublish(kind), publishCodes);
            Assert.Contains((byte)RefusalMap.ForSubscribe(kind), subscribeCodes);
        }
    }

    [Theory]
    [InlineData(EndReason.TakenOver, 0x8E)]
    [InlineData(EndReason.Disabled, 0x98)]
    [InlineData(EndReason.Removed, 0x98)]
    [InlineData(EndReason.CredentialChanged, 0x87)]
    [InlineData(EndReason.ScopeChanged, 0x87)]
    [InlineData(EndReason.RightsChanged, 0x87)]
    [InlineData(EndReason.TokenExpired, 0x87)]
    [InlineData(EndReason.TooManyConnections, 0x97)]
    public void Every_end_has_its_code(EndReason reason, byte code) => Assert.Equal((MqttReasonCode)code, RefusalMap.ForEnd(reason));

    [Fact]
    public void No_end_is_forgotten()
    {
        foreach (EndReason reason in Enum.GetValues<EndReason>())
            Assert.True(RefusalMap.ForEnd(reason) >= MqttReasonCode.UnspecifiedError);
    }
}
