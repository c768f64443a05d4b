using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Telemetry;

/// <summary>Reading, accepting, checkpoints, limits.</summary>
public sealed class ConsumerGroupsTests() : GroupTest(
    new GatewayLimits { MaxConsumerGroups = 2, ConsumerGroupSharePercent = 100, MaxReadersPerGroup = 3, MaxRecordsInFlight = 4, LeaseDurationMs = 10_000 })
{
    [Fact]
    public async Task A_group_begins_where_its_first_reader_says_and_goes_on_at_its_checkpoint()
    {
        await PublishAsync(0, "a", "b");
        GroupMembership first = await JoinAsync(start: StreamStart.Latest);
        Assert.Equal([0, 1, 2, 3], first.Owned);
        Assert.Empty(await ReadAsync(first));
        await PublishAsync(0, "c", "d", "e");
        IReadOnlyList<GroupRecord> records = await ReadAsync(first);
        Assert.Equal(["c", "d", "e"], Bodies(records));
        Assert.True(first.Accept(records[0]));
        await first.LeaveAsync();
        Assert.False(first.Accept(records[1]));
        Refused(RefusalKind.Expired, await first.ReadAsync(1, 1));

        GroupMembership second = await JoinAsync(start: StreamStart.Latest);
        Assert.Equal(["d", "e"], await BodiesAsync(second));
        using Gateway reopened = Test.Reopen();
        GroupMembership third = Ok(await reopened.Groups.JoinAsync(Service, "g", "r", StreamStart.Latest));
        Assert.Equal(["d", "e"], await BodiesAsync(third));
        GroupMembership other = Ok(await reopened.Groups.JoinAsync(Service, "other", "r", StreamStart.Earliest));
        Assert.Equal(["a", "b", "c", "d"], await BodiesAsync(other));
    }

    [Fact]
    public async Task A_group_that_began_at_the_end_misses_nothing_of_what_came_while_it_was_away()
    {
        await (await JoinAsync(start: StreamStart.Latest)).LeaveAsync();
        using Gateway reopened = Test.Reopen();
        await PublishAsync(2, "a");
        Assert.Equal(["a"], await BodiesAsync(Ok(await reopened.Groups.JoinAsync(Service, "g", "r", StreamStart.Latest))));
    }

    [Fact]
    public async Task The_checkpoint_stays_at_the_first_record_that_is_open()
    {
        await PublishAsync(1, "a", "b", "c");
        GroupMembership member = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(member);
        Assert.True(member.Accept(records[1]));
        Assert.False(member.Accept(records[1]));
        Assert.True(member.Accept(records[2]));
        Ok(await member.FlushAsync());
        Assert.Equal((1, 3), await PlaceAsync(1));
        Assert.True(member.Accept(records[0]));
        Assert.Equal((4, 0), await PlaceAsync(1));
        Assert.Equal(1, (await Test.Memory.Checkpoints.ReadAsync("g"))[1].NextSequenceNumber);
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal([1, 4, 1, 1], (await Test.Memory.Checkpoints.ReadAsync("g")).Select(c => c.NextSequenceNumber));

        async Task<(long, long)> PlaceAsync(int partition)
        {
            GroupPartitionInfo info = await PartitionAsync(partition);
            return (info.NextSequenceNumber, info.Behind);
        }
    }

    [Fact]
    public async Task What_is_given_back_is_handed_out_again_before_anything_new()
    {
        await PublishAsync(1, "a", "b", "c");
        GroupMembership member = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(member, 2);
        Task news = member.News.NextPulse();
        Assert.True(member.Release(records[1]));
        Assert.True(news.IsCompleted);
        Assert.False(member.Release(records[1]));
        Assert.False(member.Accept(records[1]));
        Assert.True(member.Release(records[0]));
        IReadOnlyList<GroupRecord> again = await ReadAsync(member);
        Assert.Equal(["a", "b", "c"], again.Select(r => Text(r.Record.Content)));
        foreach (GroupRecord record in again)
            Assert.True(member.Accept(record));
        Assert.Equal(4, (await PartitionAsync(1)).NextSequenceNumber);
        Assert.Empty(await ReadAsync(member));
    }

    [Fact]
    public async Task A_partition_with_too_much_in_flight_is_not_read_on()
    {
        await PublishAsync(1, "a", "b", "c", "d", "e", "f");
        GroupMembership member = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(member);
        Assert.Equal(["a", "b", "c", "d"], Bodies(records));
        Assert.Empty(await ReadAsync(member));
        member.Accept(records[2]);
        Assert.Equal(["e"], await BodiesAsync(member));
        member.Release(records[0]);
        Assert.Equal(["a"], await BodiesAsync(member));
    }

    [Fact]
    public async Task No_partition_starves_another()
    {
        await PublishAsync(0, "a", "b", "c");
        await PublishAsync(1, "d");
        await PublishAsync(3, "e");
        GroupMembership member = await JoinAsync();
        var bodies = new List<string>();
        for (int i = 0; i < 4; i++)
            bodies.AddRange(await BodiesAsync(member, 1));
        Assert.Superset(new HashSet<string> { "a", "d", "e" }, bodies.ToHashSet());
    }

    [Fact]
    public async Task A_gap_is_told_with_the_record_after_it_and_counted()
    {
        await PublishAsync(0, "a", "b", "c", "d");
        GroupMembership member = await JoinAsync();
        Test.Streams.Forget(StreamId.Telemetry(0), 3);
        IReadOnlyList<GroupRecord> records = await ReadAsync(member);
        Assert.Equal([("c", 2L), ("d", 0L)], records.Select(r => (Text(r.Record.Content), r.Skipped)));
        Assert.Equal((3, 2), ((await PartitionAsync(0)).NextSequenceNumber, (await PartitionAsync(0)).Skipped));
        await member.LeaveAsync();
        GroupMembership next = await JoinAsync();
        records = await ReadAsync(next);
        Assert.Equal([("c", 2L), ("d", 0L)], records.Select(r => (Text(r.Record.Content), r.Skipped)));
        next.Release(records[0]);
        next.Release(records[1]);
        Test.Streams.Forget(StreamId.Telemetry(0), 5);
        Assert.Empty(await ReadAsync(next));
        await PublishAsync(0, "e");
        Assert.Equal([("e", 4L)], (await ReadAsync(next)).Select(r => (Text(r.Record.Content), r.Skipped)));
        Assert.Equal(4, (await PartitionAsync(0)).Skipped);
    }

    [Fact]
    public async Task Telemetry_in_its_partitions_is_news_to_a_reader_and_elsewhere_it_is_not()
    {
        GroupMembership one = await JoinAsync(reader: "one");
        GroupMembership two = await JoinAsync(reader: "two");
        Task[] news = [one.News.NextPulse(), two.News.NextPulse()];
        await PublishAsync(two.Owned[0], "a");
        Assert.Equal([false, true], news.Select(n => n.IsCompleted));
        await two.LeaveAsync();
        Task left = two.News.NextPulse();
        Assert.True(news[0].IsCompleted);
        news[0] = one.News.NextPulse();
        await PublishAsync(3, "b");
        Assert.Equal([true, false], new[] { news[0].IsCompleted, left.IsCompleted });
    }

    [Fact]
    public async Task Groups_and_readers_are_bounded()
    {
        GroupMembership[] readers = [await JoinAsync(reader: "1"), await JoinAsync(reader: "2"), await JoinAsync(reader: "3")];
        Refused(RefusalKind.Throttled, await Groups.JoinAsync(Service, "g", "4", StreamStart.Earliest));
        Refused(RefusalKind.Throttled, await Groups.PollAsync(Service, "g", "4", StreamStart.Earliest));
        await readers[0].LeaveAsync();
        await readers[0].LeaveAsync();
        await JoinAsync(reader: "4");
        await JoinAsync("h");
        Refused(RefusalKind.LimitReached, await Groups.JoinAsync(Service, "i", "1", StreamStart.Earliest));
        Assert.Equal(["g", "h"], Ok(await Groups.ListAsync()));
        Refused(RefusalKind.Conflict, await Groups.RemoveAsync("h"));
        Refused(RefusalKind.NotFound, await Groups.RemoveAsync("i"));
        foreach (GroupMembership reader in readers)
            await reader.LeaveAsync();
        Refused(RefusalKind.Conflict, await Groups.RemoveAsync("g"));
    }

    [Fact]
    public async Task A_removed_group_begins_anew()
    {
        await PublishAsync(0, "a");
        GroupMembership member = await JoinAsync();
        member.Accept((await ReadAsync(member))[0]);
        await member.LeaveAsync();
        Assert.True(Ok(await Groups.RemoveAsync("g")));
        Refused(RefusalKind.NotFound, await Groups.FindAsync("g"));
        Assert.Empty(Ok(await Groups.ListAsync()));
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(Ok(await Groups.ListAsync()));
        Assert.Equal(["a"], await BodiesAsync(await JoinAsync()));
    }

    [Fact]
    public async Task What_cannot_be_joined_is_refused_by_kind()
    {
        foreach (string group in new[] { "", "a/b", "$x", new string('g', 65) })
            Refused(RefusalKind.Malformed, await Groups.JoinAsync(Service, group, "r", StreamStart.Earliest));
        Refused(RefusalKind.Malformed, await Groups.PollAsync(Service, "g", "a/b", StreamStart.Earliest));
        Refused(RefusalKind.Malformed, await Groups.JoinAsync(Service, "g", "r", new StreamStart(StreamStartKind.SequenceNumber, 1)));
        Refused(RefusalKind.Malformed, await Groups.JoinAsync(Service, "g", "r", new StreamStart(StreamStartKind.Offset, 1)));
        Refused(RefusalKind.NotFound, await Groups.JoinAsync(Service, "g", "r", StreamStart.Earliest, 4));
        Refused(RefusalKind.NotFound, await Groups.JoinAsync(Service, "g", "r", StreamStart.Earliest, -1));
        Refused(RefusalKind.NotFound, await Groups.FindAsync("a/b"));
        Assert.Empty(Ok(await Groups.ListAsync()));
        await JoinAsync(ChannelNames.DefaultGroup, new string('r', 500), new StreamStart(StreamStartKind.SequenceNumber, 1), 3);
        Assert.Equal(ConsumerGroups.MaxReaderLength, Ok(await Groups.FindAsync(ChannelNames.DefaultGroup)).Readers[0].Name.Length);
    }

    [Fact]
    public async Task A_store_that_takes_nothing_delays_checkpoints_and_loses_none()
    {
        Test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Groups.JoinAsync(Service, "g", "r", StreamStart.Earliest));
        Test.Memory.Unavailable = false;
        await PublishAsync(0, "a", "b");
        GroupMembership member = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(member);
        Test.Memory.Unavailable = true;
        Assert.True(member.Accept(records[0]));
        Refused(RefusalKind.Unavailable, await member.FlushAsync());
        Refused(RefusalKind.Unavailable, await Groups.RemoveAsync("nobody"));
        await member.LeaveAsync();
        Refused(RefusalKind.Unavailable, await Groups.RemoveAsync("g"));
        Test.Memory.Unavailable = false;
        await Test.Gateway.Maintenance.RunOnceAsync();
        using Gateway reopened = Test.Reopen();
        Assert.Equal(["b"], await BodiesAsync(Ok(await reopened.Groups.JoinAsync(Service, "g", "r", StreamStart.Earliest))));
        Test.Streams.Unavailable = true;
        GroupMembership other = Ok(await Groups.JoinAsync(Service, "g", "r", StreamStart.Earliest));
        Refused(RefusalKind.Unavailable, await other.ReadAsync(1, 1));
        Test.Streams.Unavailable = false;
        Assert.Equal(["b"], await BodiesAsync(other));
    }

    [Fact]
    public async Task What_could_not_be_stored_is_handed_out_again_when_it_is_taken_back()
    {
        await PublishAsync(0, "a", "b");
        GroupMembership member = await JoinAsync();
        IReadOnlyList<GroupRecord> records = await ReadAsync(member);
        Assert.True(member.Accept(records[0]));
        Test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await member.FlushAsync());
        Test.Memory.Unavailable = false;
        member.TakeBack(records[0]);
        member.TakeBack(records[0]);
        Assert.Equal(["a"], await BodiesAsync(member));
        Assert.Empty(await BodiesAsync(member));
        Assert.True(member.Accept(records[0]));
        Assert.True(member.Accept(records[1]));
        Ok(await member.FlushAsync());
        member.TakeBack(records[1]);
        await member.LeaveAsync();
        Assert.Equal(["b"], await BodiesAsync(await JoinAsync()));
    }

    [Fact]
    public async Task The_end_of_maintenance_stores_what_was_accepted_last()
    {
        await PublishAsync(0, "a");
        GroupMembership member = await JoinAsync();
        member.Accept((await ReadAsync(member))[0]);
        using var stop = new CancellationTokenSource();
        Task running = Test.Gateway.Maintenance.RunAsync(stop.Token);
        await stop.CancelAsync();
        await running;
        Assert.Equal(2, (await Test.Memory.Checkpoints.ReadAsync("g"))[0].NextSequenceNumber);
    }

    [Fact]
    public async Task A_place_beyond_the_end_of_the_stream_is_none()
    {
        await Test.Memory.Checkpoints.WriteAsync(new Checkpoint[] { new("g", 0, 100), new("g", 1, 2), new("g", 9, 5) });
        await PublishAsync(0, "a");
        await PublishAsync(1, "b");
        await PublishAsync(2, "c");
        Assert.Equal(["a"], await BodiesAsync(await JoinAsync(start: StreamStart.Latest)));
    }
}
