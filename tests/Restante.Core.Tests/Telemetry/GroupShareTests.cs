using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Telemetry;

/// <summary>What one policy may take of the places of consumer groups, and how an administrator gets them back.</summary>
public sealed class GroupShareTests() : GroupTest(new GatewayLimits { MaxConsumerGroups = 4, ConsumerGroupSharePercent = 50 })
{
    private readonly ServicePrincipal _other = new("other", Rights.TelemetryRead, CredentialSlot.Primary, long.MaxValue);
    private readonly ServicePrincipal _admin = new("admin", Rights.Admin, CredentialSlot.Primary, long.MaxValue);

    [Fact]
    public async Task A_policy_begins_its_share_of_the_groups_and_reads_in_those_of_others()
    {
        await PollAsync(group: "sq-1");
        await PollAsync(group: "sq-2");
        Result<GroupMembership> beyond = await Groups.PollAsync(Service, "sq-3", "r", StreamStart.Earliest);
        Refused(RefusalKind.LimitReached, beyond);
        Assert.Contains("its share", beyond.Refusal!.Message, StringComparison.Ordinal);
        Ok(await Groups.JoinAsync(_other, "theirs", "r", StreamStart.Earliest));
        await JoinAsync("theirs");
        Ok(await Groups.JoinAsync(_other, "sq-1", "r", StreamStart.Earliest));

        using Gateway reopened = Test.Reopen();
        Refused(RefusalKind.LimitReached, await reopened.Groups.JoinAsync(Service, "sq-3", "r", StreamStart.Earliest));
        Assert.True(Ok(await reopened.Groups.RemoveAsync(Service, "sq-2")));
        Ok(await reopened.Groups.JoinAsync(Service, "sq-3", "r", StreamStart.Earliest));
    }

    [Fact]
    public async Task An_administrator_removes_a_group_with_its_readers_and_nobody_else_does()
    {
        await PublishAsync(0, "a");
        GroupMembership polling = await PollAsync("polls");
        GroupMembership attached = await JoinAsync(reader: "attached");
        Task told = attached.News.NextPulse();
        Refused(RefusalKind.Conflict, await Groups.RemoveAsync(Service, "g"));
        Refused(RefusalKind.Conflict, await Groups.RemoveAsync(_other, "g"));
        Assert.False(told.IsCompleted);

        Assert.True(Ok(await Groups.RemoveAsync(_admin, "g")));
        Assert.True(told.IsCompleted);
        Assert.True(polling.IsOver && attached.IsOver);
        Refused(RefusalKind.Expired, await attached.ReadAsync(1, 1));
        Assert.Empty(Ok(await Groups.ListAsync()));
        Refused(RefusalKind.Expired, await Groups.AcceptAsync(Service, "g", "polls", [(0, 1)]));
        await attached.LeaveAsync();
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(Ok(await Groups.ListAsync()));
        Assert.Equal(["a"], await BodiesAsync(await JoinAsync()));
    }

    [Fact]
    public async Task A_group_whose_removal_was_not_stored_goes_on_with_who_joins_again()
    {
        await PublishAsync(0, "a", "b");
        GroupMembership before = await JoinAsync();
        Assert.True(before.Accept((await ReadAsync(before))[0]));
        Ok(await before.FlushAsync());
        Test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Groups.RemoveAsync(_admin, "g"));
        Test.Memory.Unavailable = false;
        Assert.True(before.IsOver);
        GroupMembership after = await JoinAsync();
        Assert.Equal([0, 1, 2, 3], after.Owned);
        Assert.Equal(["b"], await BodiesAsync(after));
    }
}
