using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Telemetry;

/// <summary>How readers share partitions, take over from each other, and lapse.</summary>
public sealed class GroupSharingTests() : GroupTest(new GatewayLimits { LeaseDurationMs = 10_000 }, partitions: 8)
{
    [Fact]
    public async Task Readers_share_evenly_and_keep_what_they_can()
    {
        GroupMembership a = await JoinAsync(reader: "a");
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], a.Owned);
        GroupMembership b = await JoinAsync(reader: "b");
        Assert.Equal((4, 4), (a.Owned.Count, b.Owned.Count));
        int[][] before = [[.. a.Owned], [.. b.Owned]];
        GroupMembership c = await JoinAsync(reader: "c");
        Assert.Equal([3, 3, 2], new[] { a, b, c }.Select(m => m.Owned.Count));
        Assert.Subset(before[0].ToHashSet(), a.Owned.ToHashSet());
        Assert.Subset(before[1].ToHashSet(), b.Owned.ToHashSet());
        before = [[.. a.Owned], [.. c.Owned]];
        await b.LeaveAsync();
        Assert.Equal((4, 4), (a.Owned.Count, c.Owned.Count));
        Assert.Superset(before[0].ToHashSet(), a.Owned.ToHashSet());
        Assert.Superset(before[1].ToHashSet(), c.Owned.ToHashSet());
        await a.LeaveAsync();
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], c.Owned);
        Assert.Empty(a.Owned);
        Assert.True(a.IsOver);
    }

    [Fact]
    public async Task More_readers_than_partitions_wait_until_one_leaves()
    {
        var readers = new List<GroupMembership>();
        for (int i = 0; i < 10; i++)
            readers.Add(await JoinAsync());
        Assert.Equal([.. Enumerable.Repeat(1, 8), 0, 0], readers.Select(m => m.Owned.Count));
        Task news = readers[8].News.NextPulse();
        int[] left = [.. readers[3].Owned];
        await readers[3].LeaveAsync();
        Assert.True(news.IsCompleted);
        Assert.Equal(left, readers[8].Owned);
    }

    [Fact]
    public async Task A_partition_is_handed_over_when_nothing_of_it_is_in_hand_any_more()
    {
        for (int p = 0; p < 8; p++)
            await PublishAsync(p, "a", "b");
        GroupMembership old = await JoinAsync(reader: "old");
        IReadOnlyList<GroupRecord> records = await ReadAsync(old);
        GroupMembership fresh = await JoinAsync(reader: "new");
        Assert.Equal((8, 0), (old.Owned.Count, fresh.Owned.Count));
        foreach (GroupRecord record in records.Where(r => r.Record.SequenceNumber == 1))
            Assert.True(old.Accept(record));
        await PublishAsync(0, "c");
        await PublishAsync(7, "c");
        Assert.Empty(await ReadAsync(fresh));
        Assert.Single(await ReadAsync(old)); // Of those that it keeps.
        Task news = fresh.News.NextPulse();
        foreach (GroupRecord record in records.Where(r => r.Record.SequenceNumber == 2 && r.Partition != 0))
            Assert.True(old.Accept(record));
        Assert.True(news.IsCompleted);
        Assert.Equal((4, 4), (old.Owned.Count, fresh.Owned.Count));
        Assert.Equal(fresh.Owned.Contains(7) ? ["c"] : [], await BodiesAsync(fresh));
    }

    [Fact]
    public async Task What_the_old_reader_gives_back_the_new_one_gets()
    {
        for (int p = 0; p < 8; p++)
            await PublishAsync(p, "a");
        GroupMembership old = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(old);
        GroupMembership fresh = await JoinAsync();
        foreach (GroupRecord record in records)
            Assert.True(old.Release(record));
        Assert.Equal((4, 4), (old.Owned.Count, fresh.Owned.Count));
        IReadOnlyList<GroupRecord> taken = await ReadAsync(fresh);
        Assert.Equal(fresh.Owned, taken.Select(r => r.Partition).Order());
        Assert.All(taken, r => Assert.False(old.Accept(r)));
        Assert.All(taken, r => Assert.True(fresh.Accept(r)));
    }

    [Fact]
    public async Task A_reader_that_does_not_let_go_within_a_lease_loses_the_partition()
    {
        for (int p = 0; p < 8; p++)
            await PublishAsync(p, "a");
        GroupMembership old = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(old);
        Test.Time.Advance(60_000);
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(8, old.Owned.Count);
        GroupMembership fresh = await JoinAsync();
        Test.Time.Advance(9_999);
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(fresh.Owned);
        Test.Time.Advance(1);
        Task news = fresh.News.NextPulse();
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.True(news.IsCompleted);
        Assert.Equal((4, 4), (old.Owned.Count, fresh.Owned.Count));
        Assert.All(records, r => Assert.Equal(old.Owned.Contains(r.Partition), old.Accept(r)));
        Assert.Equal(["a", "a", "a", "a"], await BodiesAsync(fresh));
    }

    [Fact]
    public async Task A_partition_that_was_to_go_may_stay_when_the_other_leaves_again()
    {
        for (int p = 0; p < 8; p++)
            await PublishAsync(p, "a");
        GroupMembership old = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(old);
        GroupMembership fresh = await JoinAsync();
        await PublishAsync(7, "b");
        await fresh.LeaveAsync();
        Assert.Equal(["b"], await BodiesAsync(old));
        Assert.All(records, r => Assert.True(old.Accept(r)));
        Test.Time.Advance(60_000);
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(8, old.Owned.Count);
    }

    [Fact]
    public async Task A_reader_may_name_its_partition()
    {
        await PublishAsync(5, "a");
        GroupMembership sharing = await JoinAsync(reader: "sharing");
        GroupRecord held = Assert.Single(await ReadAsync(sharing));
        GroupMembership pinned = await JoinAsync(reader: "pinned", partition: 5);
        Assert.Empty(pinned.Owned);
        Assert.True(sharing.Accept(held));
        Assert.Equal([5], pinned.Owned);
        Assert.Equal([0, 1, 2, 3, 4, 6, 7], sharing.Owned);
        GroupMembership next = await JoinAsync(reader: "next", partition: 5);
        await PublishAsync(5, "b");
        Assert.Empty(await ReadAsync(next));
        Assert.Empty(await ReadAsync(sharing));
        GroupRecord record = Assert.Single(await ReadAsync(pinned));
        await pinned.LeaveAsync();
        Assert.Equal([5], next.Owned);
        GroupRecord again = Assert.Single(await ReadAsync(next));
        Assert.Equal(record.Record.SequenceNumber, again.Record.SequenceNumber);
        Assert.True(next.Accept(again));
        ConsumerGroupInfo info = Ok(await Groups.FindAsync("g"));
        Assert.Equal(["sharing", "next"], info.Readers.Select(r => r.Name));
        Assert.Equal("next", info.Partitions[5].Reader);
        await next.LeaveAsync();
        Assert.Equal(8, sharing.Owned.Count);
    }

    [Fact]
    public async Task A_group_that_was_read_in_one_partition_only_begins_the_others_later()
    {
        await PublishAsync(5, "a", "b");
        await PublishAsync(6, "c");
        GroupMembership pinned = await JoinAsync(start: new StreamStart(StreamStartKind.SequenceNumber, 2), partition: 5);
        Assert.Equal(["b"], await BodiesAsync(pinned));
        Assert.Equal([5], Ok(await Groups.FindAsync("g")).Partitions.Select(p => p.Partition));
        Assert.Equal(["c"], await BodiesAsync(await JoinAsync()));
    }

    [Fact]
    public async Task A_poll_gets_the_same_until_it_is_accepted()
    {
        await PublishAsync(1, "a", "b");
        await PublishAsync(2, "c");
        GroupMembership member = await PollAsync();
        Assert.Equal(["a", "b", "c"], await BodiesAsync(member));
        member.Rest();
        Assert.Same(member, await PollAsync());
        IReadOnlyList<GroupRecord> records = await ReadAsync(member);
        Assert.Equal(["a", "b", "c"], Bodies(records));
        member.Rest();
        Refused(RefusalKind.Expired, await Groups.AcceptAsync(Service, "g", "r", [(1, 2), (2, 2)]));
        Assert.Equal(1, (await PartitionAsync(1)).NextSequenceNumber);
        Assert.True(Ok(await Groups.AcceptAsync(Service, "g", "r", [(1, 1), (2, 1)])));
        Assert.Equal([2, 2], (await Test.Memory.Checkpoints.ReadAsync("g")).Skip(1).Take(2).Select(c => c.NextSequenceNumber));
        Assert.Equal(["b"], await BodiesAsync(await PollAsync()));
        foreach ((int partition, long number, RefusalKind kind) in new[]
        {
            (-1, 1L, RefusalKind.NotFound), (8, 1L, RefusalKind.NotFound), (1, 0L, RefusalKind.Malformed),
            (3, 1L, RefusalKind.Expired), (1, long.MaxValue, RefusalKind.Expired),
        })
            Refused(kind, await Groups.AcceptAsync(Service, "g", "r", [(partition, number)]));
        Refused(RefusalKind.Expired, await Groups.AcceptAsync(Service, "g", "other", [(1, 1)]));
        Refused(RefusalKind.Expired, await Groups.AcceptAsync(Service, "h", "r", [(1, 1)]));
    }

    [Fact]
    public async Task A_polling_reader_that_stays_away_loses_its_place_after_a_lease_and_another_takes_over()
    {
        for (int p = 0; p < 8; p++)
            await PublishAsync(p, "a");
        GroupMembership one = await PollAsync("one");
        Assert.Equal(8, (await ReadAsync(one)).Count);
        Test.Time.Advance(100_000);
        await Test.Gateway.Maintenance.RunOnceAsync(); // The poll is under way, however long.
        one.Rest();
        GroupMembership two = await PollAsync("two");
        Assert.Empty(await ReadAsync(two));
        two.Rest();
        Test.Time.Advance(9_000);
        Assert.True(Ok(await Groups.AcceptAsync(Service, "g", "one", [(0, 1), (1, 1)])));
        Test.Time.Advance(900);
        await (await PollAsync("two")).ReadAsync(1, 1);
        two.Rest();
        Test.Time.Advance(9_099);
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.False(one.IsOver);
        Assert.Equal((4, 4), (one.Owned.Count, two.Owned.Count)); // It did not let the others go within a lease.
        Test.Time.Advance(1);
        Task news = two.News.NextPulse();
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.True(one.IsOver);
        Assert.False(two.IsOver);
        Assert.True(news.IsCompleted);
        Assert.Equal(8, two.Owned.Count);
        Refused(RefusalKind.Expired, await Groups.AcceptAsync(Service, "g", "one", [(2, 1)]));
        Refused(RefusalKind.Expired, await one.ReadAsync(1, 1));
        Assert.Equal(6, (await ReadAsync(await PollAsync("two"))).Count);
        GroupMembership back = await PollAsync("one");
        Assert.NotSame(one, back);
    }

    [Fact]
    public async Task A_polling_reader_lets_go_with_its_next_poll_or_by_accepting()
    {
        for (int p = 0; p < 8; p++)
            await PublishAsync(p, "a");
        GroupMembership one = await PollAsync("one");
        await ReadAsync(one);
        GroupMembership two = await PollAsync("two");
        Assert.Empty(two.Owned);
        IReadOnlyList<GroupRecord> records = await ReadAsync(one);
        Assert.Equal((4, 4), (one.Owned.Count, two.Owned.Count));
        Assert.Equal(one.Owned, records.Select(r => r.Partition).Order());
        GroupMembership three = await PollAsync("three");
        Assert.Equal([4, 3, 1], new[] { one, two, three }.Select(m => m.Owned.Count)); // The second reader has nothing in hand.
        Ok(await Groups.AcceptAsync(Service, "g", "one", [.. records.Select(r => (r.Partition, r.Record.SequenceNumber))]));
        Assert.Equal([3, 3, 2], new[] { one, two, three }.Select(m => m.Owned.Count));
    }

    [Fact]
    public async Task Readers_of_another_policy_are_others()
    {
        GroupMembership mine = await PollAsync();
        var other = new Restante.Core.Access.ServicePrincipal("other", Service.Rights, Service.Slot, long.MaxValue);
        GroupMembership theirs = Ok(await Groups.PollAsync(other, "g", "r", StreamStart.Earliest));
        Assert.NotSame(mine, theirs);
        Refused(RefusalKind.Expired, await Groups.AcceptAsync(other, "g", "r", [(mine.Owned[0], 1)]));
    }

    [Fact]
    public async Task First_polls_at_once_make_one_reader()
    {
        GroupMembership[] polls = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => PollAsync())));
        Assert.Single(polls.Distinct());
    }
}
