using System.Net;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Messages;
using Restante.Core.Paging;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Heads.Http.Waiting;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Streams;

namespace Restante.Heads.Http.Tests;

/// <summary>
/// An event stream that passes over much which its reader is not shown is held up by nothing that the reader does: it takes turns of its
/// policy, and beats while it stands in line.
/// </summary>
public sealed class ScopedStreamTests
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_inLine = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(0)]
    [InlineData(9_000)]
    public async Task Who_goes_on_passing_over_much_takes_a_turn_of_the_policy_for_each_look(int seenBefore)
    {
        var streams = new HeldStreams();
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxReadingsPerPolicy = 1, ReadingWaitSeconds = 1 }, streams: streams);
        await head.AddDeviceAsync("in");
        await head.AddDeviceAsync("out");
        using HttpClient tenant = await TenantAsync(head);
        long nowMs = head.Time.GetUtcNow().ToUnixTimeMilliseconds();
        for (int partition = 0; partition < 2; partition++)
        {
            await streams.FillAsync(partition, seenBefore, nowMs);
            await streams.FillAsync(partition, PageBounds.MaxLookedAt + 10, nowMs);
        }

        // The first stream is held in its second look, after one that has passed over much.
        using EventReader first = await EventReader.OpenAsync(head, "/v1/telemetry?partition=0", client: tenant);
        await streams.Held.WaitAsync(TimeSpan.FromSeconds(20));
        using EventReader second = await EventReader.OpenAsync(head, "/v1/telemetry?partition=1", client: tenant);
        for (int i = 0; i < 3; i++)
        {
            await head.Time.WhenWaitingAsync(s_heartbeat);
            head.Time.Advance(s_heartbeat);
            Assert.Equal(": alive", (await second.NextAsync())!.Value.Data);
        }

        Assert.Equal(0, streams.ReadsOfSecond);
        streams.Release();
        foreach (EventReader reader in (EventReader[])[first, second])
        {
            for (int seen = seenBefore > 0 ? 2 : 1; seen > 0;)
                seen -= (await reader.NextAsync())!.Value.Event == "telemetry" ? 1 : 0;
        }
    }

    [Fact]
    public async Task Who_follows_what_little_there_is_takes_no_turn()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxReadingsPerPolicy = 1 });
        DeviceRecord shown = await head.AddDeviceAsync("in"), hidden = await head.AddDeviceAsync("out");
        using HttpClient tenant = await TenantAsync(head);
        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry?from=latest", client: tenant);
        for (int i = 0; i < 14; i++)
        {
            await head.PublishAsync(shown, new string('x', 9_000));
            Assert.Equal("telemetry", (await events.NextAsync())!.Value.Event);
        }

        // The one turn is that of a page that is not read.
        using HttpResponseMessage unread = await head.SendAsync("GET", "/v1/telemetry", client: tenant);
        Task<HttpResponseMessage> inLine = head.SendAsync("GET", "/v1/devices", client: tenant);
        await head.Time.WhenWaitingAsync(s_inLine);
        for (int i = 0; i < 3; i++)
        {
            await head.PublishAsync(hidden, "x");
            await head.PublishAsync(shown, "x");
            Assert.Equal("telemetry", (await events.NextAsync())!.Value.Event);
        }

        Assert.False(inLine.IsCompleted);
        Assert.InRange((await unread.Content.ReadAsStringAsync()).Length, 14 * 9_000, int.MaxValue);
        using HttpResponseMessage page = await inLine;
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public void A_look_tells_what_comes_next()
    {
        Assert.Equal(NewsLook.Nothing, NewsLooks.Of(isEmpty: true, 9_999));
        Assert.Equal(NewsLook.Sent, NewsLooks.Of(isEmpty: false, PageBounds.ScopedStep));
        Assert.Equal(NewsLook.PassedOver, NewsLooks.Of(isEmpty: false, PageBounds.ScopedStep + 1));
        Assert.Equal((NewsLook.Nothing, NewsLook.Sent), (NewsLooks.Of(0), NewsLooks.Of(1)));
    }

    private static async Task<HttpClient> TenantAsync(TestHead head)
    {
        PolicyRecord policy = (await head.Gateway.Policies.CreateAsync(
            "tenant", Rights.TelemetryRead | Rights.RegistryRead | Rights.RegistryWrite, null, PolicyScope.Create("id = 'in'").Value)).Value!;
        return head.NewClient("policy/tenant", policy.PrimaryKey.Reveal());
    }

    // Two partitions; of the first, who comes behind the first look is held until it is released.
    private sealed class HeldStreams : IStreamStore
    {
        private static readonly byte[] s_content = new MessageContent { Body = "x"u8.ToArray() }.Encode();

        private readonly MemoryStreamStore _inner = new(new StreamLimits { Partitions = 2 });
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _readsOfSecond;

        public Task Held => _held.Task;

        public int ReadsOfSecond => Volatile.Read(ref _readsOfSecond);

        public int Partitions => _inner.Partitions;

        public void Release() => _released.SetResult();

        /// <summary>Adds records of the device outside, and one of the device inside behind them; nothing for none.</summary>
        public async Task FillAsync(int partition, int outside, long nowMs)
        {
            for (int i = 0; i <= outside && outside > 0; i++)
                await _inner.AppendAsync(new StreamAppend(StreamId.Telemetry(partition), i < outside ? "out" : "in", null, s_content), nowMs);
        }

        public ValueTask<long> AppendAsync(StreamAppend item, long nowMs) => _inner.AppendAsync(item, nowMs);

        public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs) => _inner.AppendAsync(items, nowMs);

        public async ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes)
        {
            if (stream == StreamId.Telemetry(1))
                Interlocked.Increment(ref _readsOfSecond);
            if (stream == StreamId.Telemetry(0) && fromSequenceNumber > PageBounds.MaxLookedAt)
            {
                _held.TrySetResult();
                await _released.Task;
            }

            return await _inner.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);
        }

        public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => _inner.FindAsync(stream, start);

        public StreamInfo GetInfo(StreamId stream) => _inner.GetInfo(stream);

        public ValueTask<long> EnforceRetentionAsync(long nowMs) => _inner.EnforceRetentionAsync(nowMs);
    }
}
