using Restante.Core.Limits;
using Restante.Core.Telemetry;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Telemetry;

/// <summary>
/// Readers come, read, settle, leave and stay away at random; whatever they do, nothing is lost and no two hold one partition.
/// </summary>
public sealed class GroupModelTests() : GroupTest(new GatewayLimits { LeaseDurationMs = 10_000, MaxRecordsInFlight = 6 })
{
    private const int Partitions = 4;
    private readonly List<GroupMembership> _members = [];
    private readonly Dictionary<GroupMembership, List<GroupRecord>> _inHand = [];
    private readonly HashSet<(int, long)> _accepted = [];
    private readonly long[] _published = new long[Partitions];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Nothing_is_lost_and_no_two_hold_one_partition(int seed)
    {
        var random = new Random(seed);
        for (int step = 0; step < 600; step++)
        {
            await StepAsync(random);
            CheckOwners();
        }

        await CheckPlacesAsync();
        await DrainAsync();
        for (int p = 0; p < Partitions; p++)
            Assert.Equal(_published[p], _accepted.Count(a => a.Item1 == p));
    }

    private async Task StepAsync(Random random)
    {
        GroupMembership? member = _members.Count == 0 ? null : _members[random.Next(_members.Count)];
        switch (random.Next(12))
        {
            case 0 when _members.Count < 6:
                Enter(random.Next(3) switch
                {
                    0 => await JoinAsync(partition: random.Next(Partitions)),
                    1 => await PollAsync("poller-" + random.Next(2)),
                    _ => await JoinAsync(),
                });
                break;
            case 1 when member is not null && random.Next(3) == 0:
                _members.Remove(member);
                await member.LeaveAsync();
                break;
            case 2 or 3:
                int partition = random.Next(Partitions);
                _published[partition]++;
                await PublishAsync(partition, "x");
                break;
            case 4:
                Test.Time.Advance(random.Next(12_000));
                await Test.Gateway.Maintenance.RunOnceAsync();
                break;
            case 5 or 6 or 7 when member is not null:
                await TakeAsync(member, random.Next(1, 5));
                break;
            case 8 or 9 or 10 or 11 when member is not null && _inHand[member].Count > 0:
                await SettleAsync(member, random);
                break;
            default:
                break;
        }
    }

    private void Enter(GroupMembership member)
    {
        if (member.IsPolling)
            member.Rest();
        if (_members.Contains(member))
            return;
        _members.Add(member);
        _inHand[member] = [];
    }

    private async Task TakeAsync(GroupMembership member, int max)
    {
        if (member.IsOver)
        {
            _members.Remove(member);
            return;
        }

        if (member.IsPolling)
        {
            Assert.Same(member, await PollAsync(member.Reader));
            _inHand[member].Clear();
        }

        foreach (GroupRecord record in await ReadAsync(member, max))
        {
            Assert.DoesNotContain((record.Partition, record.Record.SequenceNumber), _accepted);
            _inHand[member].Add(record);
        }

        if (member.IsPolling)
            member.Rest();
    }

    private async Task SettleAsync(GroupMembership member, Random random)
    {
        List<GroupRecord> inHand = _inHand[member];
        GroupRecord record = inHand[random.Next(inHand.Count)];
        if (member.IsPolling)
        {
            long to = inHand.Where(r => r.Partition == record.Partition).Max(r => r.Record.SequenceNumber);
            if ((await Groups.AcceptAsync(Service, "g", member.Reader, [(record.Partition, to)])).IsSuccess)
                inHand.Where(r => r.Partition == record.Partition).ToList().ForEach(Accepted);
            inHand.RemoveAll(r => r.Partition == record.Partition);
            return;
        }

        inHand.Remove(record);
        if (random.Next(4) == 0)
            member.Release(record);
        else if (member.Accept(record))
            Accepted(record);
    }

    private void Accepted(GroupRecord record) => Assert.True(_accepted.Add((record.Partition, record.Record.SequenceNumber)));

    private void CheckOwners()
    {
        int[] owned = [.. _members.SelectMany(m => m.Owned)];
        Assert.Equal(owned.Length, owned.Distinct().Count());
        Assert.All(_members.Where(m => m.Pinned is not null), m => Assert.Subset(new HashSet<int> { m.Pinned!.Value }, m.Owned.ToHashSet()));
    }

    // A checkpoint never passes a record that nobody has accepted.
    private async Task CheckPlacesAsync()
    {
        foreach (GroupPartitionInfo info in Ok(await Groups.FindAsync("g")).Partitions)
        {
            for (long number = 1; number < info.NextSequenceNumber; number++)
                Assert.Contains((info.Partition, number), _accepted);
        }
    }

    private async Task DrainAsync()
    {
        foreach (GroupMembership member in _members)
            await member.LeaveAsync();
        GroupMembership last = await JoinAsync();
        Test.Time.Advance(20_000);
        await Test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(Partitions, last.Owned.Count);
        while (await ReadAsync(last) is { Count: > 0 } records)
        {
            foreach (GroupRecord record in records)
            {
                Assert.True(last.Accept(record));
                _accepted.Add((record.Partition, record.Record.SequenceNumber));
            }
        }
    }
}
