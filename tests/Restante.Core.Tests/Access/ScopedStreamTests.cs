using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Paging;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance.Memory;
using Restante.Storage.Conformance.Streams;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

/// <summary>
/// How a stream is read for who is shown one channel of it: random ones of its records, of random sizes, behind some that retention has
/// dropped. However few are wanted at once, each that is seen comes once and in order, and the store is read in whole steps.
/// </summary>
public sealed class ScopedStreamTests : IAsyncDisposable
{
    private const string Shown = "shown";

    private static readonly StreamId s_stream = StreamId.Telemetry(0);

    private readonly ManualTime _time = new();
    private readonly MemoryStreamStore _memory = new(new StreamLimits { Partitions = 1 });
    private readonly CountedStreams _streams;
    private readonly MemoryGatewayStore _store;
    private readonly Gateway _gateway;
    private readonly ServicePrincipal _reader = new("p", Rights.TelemetryRead, CredentialSlot.Primary, long.MaxValue)
    {
        Scope = Ok(PolicyScope.Create(null, null, ["g"], [Shown])),
    };

    public ScopedStreamTests()
    {
        _streams = new CountedStreams(_memory);
        _store = new MemoryGatewayStore(null, _streams);
        _gateway = new Gateway(_store, new GatewayLimits(), _time, NullLoggerFactory.Instance);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 30)];

    public async ValueTask DisposeAsync()
    {
        _gateway.Dispose();
        await _store.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Pages_show_each_record_that_is_seen_once_and_are_read_in_steps(int seed)
    {
        var random = new Random(seed);
        (List<StreamRecord> seen, long dropped) = await FillAsync(random);
        var shown = new List<StreamRecord>();
        long next = 1, skipped = 0;
        for (bool isEnd = false; !isEnd;)
        {
            int max = random.Next(4) == 0 ? random.Next(2, 300) : 1, maxBytes = random.Next(8_000);
            (long from, _streams.Reads) = (next, 0);
            StreamBatch batch = Ok(await _gateway.Telemetry.ReadAsync(_reader, s_stream, from, max, maxBytes));
            next = batch.NextSequenceNumber;
            skipped += batch.SkippedByRetention;
            Fits(batch.Records, max, maxBytes);
            Assert.InRange(_streams.Reads, 1, ReadsFor(next - from));
            shown.AddRange(batch.Records);
            isEnd = batch.Records.Count == 0;
        }

        Assert.Equal(seen, shown);
        Assert.Equal(dropped, skipped);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_group_is_handed_each_record_that_is_seen_and_reads_in_steps(int seed)
    {
        var random = new Random(seed);
        GroupMembership member = Ok(await _gateway.Groups.JoinAsync(_reader, "g", "r", StreamStart.Earliest));
        (List<StreamRecord> seen, long dropped) = await FillAsync(random);
        bool releases = seed % 2 == 0;
        var accepted = new List<StreamRecord>();
        long next = 1;
        for (bool isEnd = false; !isEnd;)
        {
            int max = random.Next(4) == 0 ? random.Next(2, 300) : 1, maxBytes = random.Next(8_000);
            (long from, _streams.Reads) = (next, 0);
            IReadOnlyList<GroupRecord> records = Ok(await member.ReadAsync(max, maxBytes));
            Fits([.. records.Select(r => r.Record)], max, maxBytes);
            foreach (GroupRecord record in records)
            {
                if (releases && random.Next(3) == 0)
                    Assert.True(member.Release(record));
                else if (member.Accept(record))
                    accepted.Add(record.Record);
            }

            Ok(await member.FlushAsync());
            next = Ok(await _gateway.Groups.FindAsync("g")).Partitions[0].NextSequenceNumber;
            isEnd = records.Count == 0;
            if (!releases)
                Assert.InRange(_streams.Reads, 1, ReadsFor(next - from));
        }

        Assert.Equal(seen, releases ? [.. accepted.OrderBy(r => r.SequenceNumber)] : accepted);
        Assert.Equal((_memory.GetInfo(s_stream).NextSequenceNumber, dropped), (next, member.Held[0].Skipped));
    }

    [Fact]
    public async Task Who_has_gone_meanwhile_is_read_for_no_further()
    {
        for (int i = 0; i < 10 * PageBounds.ScopedStep; i++)
            await _streams.AppendAsync(new StreamAppend(s_stream, "d", "other", Content("x")), _time.NowMs);
        using var gone = new CancellationTokenSource();
        _streams.Before = () =>
        {
            if (_streams.Reads == 3)
                gone.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _gateway.Telemetry.ReadAsync(_reader, s_stream, 1, 1, 1_000, gone.Token).AsTask());
        Assert.Equal(3, _streams.Reads);
    }

    // At the end of the stream one more finds nothing, and a group looks behind what it has found.
    private static int ReadsFor(long passed) => (int)((passed + PageBounds.ScopedStep - 1) / PageBounds.ScopedStep) + 1;

    private static void Fits(IReadOnlyList<StreamRecord> records, int max, int maxBytes)
    {
        Assert.InRange(records.Count, 0, max);
        if (records.Count > 1)
            Assert.InRange(records.Sum(r => r.Content.Length), 0, maxBytes + records[^1].Content.Length);
    }

    private async Task<(List<StreamRecord> Seen, long Dropped)> FillAsync(Random random)
    {
        int count = random.Next(500, 3_000), each = 1 << random.Next(10);
        for (int i = 0; i < count; i++)
        {
            string channel = random.Next(each) == 0 ? Shown : "other";
            await _streams.AppendAsync(new StreamAppend(s_stream, "d", channel, new byte[random.Next(2_000)]), _time.NowMs);
        }

        long dropped = random.Next(400);
        _memory.Forget(s_stream, dropped + 1);
        StreamBatch all = await _memory.ReadAsync(s_stream, 1, int.MaxValue, int.MaxValue);
        return ([.. all.Records.Where(r => r.Channel == Shown)], dropped);
    }
}
