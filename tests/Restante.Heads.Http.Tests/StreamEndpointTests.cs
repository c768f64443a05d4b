using System.Net;
using System.Text.Json;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Heads.Http.Streams;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance.Streams;

namespace Restante.Heads.Http.Tests;

public sealed class StreamEndpointTests
{
    private static MemoryStreamStore Partitions(int count) => new(new StreamLimits { Partitions = count });

    [Fact]
    public async Task One_partition_is_read_by_pages_with_everything_a_record_has()
    {
        await using TestHead head = await TestHead.StartAsync(streams: Partitions(1));
        DeviceRecord device = await head.AddDeviceAsync("d");
        await head.PublishAsync(device, """{"t":21.5}""", "climate", "application/json");
        head.Time.Advance(TimeSpan.FromSeconds(1));
        await head.PublishAsync(device, "second");

        StreamPage first = await head.GetAsync("/v1/telemetry?partition=0&max=1", RestanteJson.Default.StreamPage);
        StreamRecordView record = Assert.Single(first.Items);
        Assert.Equal((0, 1L, "d", "climate"), (record.Partition, record.SequenceNumber, record.Device, record.Channel));
        Assert.Equal(21.5, record.Body!.Value.GetProperty("t").GetDouble());
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero), record.EnqueuedAt);
        Assert.Null(first.Gaps);
        StreamPage second = await head.GetAsync($"/v1/telemetry?partition=0&cursor={first.Next}", RestanteJson.Default.StreamPage);
        Assert.Equal("second", Assert.Single(second.Items).Body!.Value.GetString());
        Assert.Empty((await head.GetAsync($"/v1/telemetry?cursor={second.Next}", RestanteJson.Default.StreamPage)).Items);
    }

    [Theory]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\udc00\":1}")]
    [InlineData("[\"\\ud800x\"]")]
    public async Task Half_a_character_in_a_body_does_not_spoil_the_page_around_it(string body)
    {
        await using TestHead head = await TestHead.StartAsync(streams: Partitions(1));
        DeviceRecord device = await head.AddDeviceAsync("d");
        await head.PublishAsync(device, "before");
        await head.PublishAsync(device, body, contentType: "application/json");
        await head.PublishAsync(device, "after");
        StreamPage page = await head.GetAsync("/v1/telemetry?partition=0", RestanteJson.Default.StreamPage);
        Assert.Equal(["before", body, "after"], page.Items.Select(r => r.Body!.Value.GetString()));
    }

    [Theory]
    [InlineData("earliest", 1)]
    [InlineData("latest", 4)]
    [InlineData("sequence:2", 2)]
    [InlineData("sequence:9", 4)]
    [InlineData("time:2026-11-22T12:00:01Z", 2)]
    [InlineData("time:2026-11-22T13:00:00.5%2B01:00", 2)]
    [InlineData("time:2026-11-22T13:00:02+01:00", 3)]
    public async Task A_reader_begins_where_it_wants(string from, int first)
    {
        await using TestHead head = await TestHead.StartAsync(streams: Partitions(1));
        DeviceRecord device = await head.AddDeviceAsync("d");
        for (int i = 1; i <= 3; i++)
        {
            await head.PublishAsync(device, "m" + i);
            head.Time.Advance(TimeSpan.FromSeconds(1));
        }

        StreamPage page = await head.GetAsync($"/v1/telemetry?partition=0&from={from}", RestanteJson.Default.StreamPage);
        Assert.Equal(Enumerable.Range(first, 4 - first).Select(i => "m" + i), page.Items.Select(r => r.Body!.Value.GetString()));
        if (first == 1)
        {
            StreamPage byOffset = await head.GetAsync(
                $"/v1/telemetry?partition=0&from=offset:{page.Items[1].Offset}", RestanteJson.Default.StreamPage);
            Assert.Equal(2, byOffset.Items[0].SequenceNumber);
        }
    }

    [Fact]
    public async Task All_partitions_are_read_with_one_cursor_none_starved_and_nothing_twice()
    {
        await using TestHead head = await TestHead.StartAsync(streams: Partitions(4));
        var expected = new HashSet<string>();
        for (int i = 0; i < 60; i++)
        {
            DeviceRecord device = await head.AddDeviceAsync("d" + i);
            await head.PublishAsync(device, "m" + i);
            expected.Add("m" + i);
        }

        var seen = new List<string>();
        var partitions = new List<int>();
        string query = "from=earliest";
        while (true)
        {
            StreamPage page = await head.GetAsync($"/v1/telemetry?max=7&{query}", RestanteJson.Default.StreamPage);
            if (page.Items.Count == 0)
                break;
            Assert.True(page.Items.Count <= 7);
            seen.AddRange(page.Items.Select(r => r.Body!.Value.GetString()!));
            partitions.AddRange(page.Items.Select(r => r.Partition!.Value));
            query = "cursor=" + page.Next;
        }

        Assert.Equal(60, seen.Count);
        Assert.Equal(expected, [.. seen]);
        Assert.Equal(4, partitions.Take(28).Distinct().Count());
    }

    [Fact]
    public async Task A_page_is_bounded_in_bytes()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxPageBytes = 65_536 }, streams: Partitions(1));
        DeviceRecord device = await head.AddDeviceAsync("d");
        for (int i = 0; i < 4; i++)
            await head.PublishAsync(device, new string('x', 30_000));
        StreamPage page = await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage);
        Assert.Equal(2, page.Items.Count);
        Assert.Equal(2, (await head.GetAsync("/v1/telemetry?cursor=" + page.Next, RestanteJson.Default.StreamPage)).Items.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&partition=0")]
    public async Task A_long_poll_wakes_for_telemetry(string which)
    {
        await using TestHead head = await TestHead.StartAsync(streams: Partitions(which.Length == 0 ? 3 : 1));
        DeviceRecord device = await head.AddDeviceAsync("d");
        Task<HttpResponseMessage> polling = head.SendAsync("GET", "/v1/telemetry?from=latest&wait=30" + which);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(30));
        await head.PublishAsync(device, "now");
        using HttpResponseMessage response = await polling;
        StreamPage page = await TestHead.ReadAsync(response, RestanteJson.Default.StreamPage, HttpStatusCode.OK);
        Assert.Equal("now", Assert.Single(page.Items).Body!.Value.GetString());
    }

    [Fact]
    public async Task A_stream_resumes_by_its_last_event_id_follows_and_beats()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { HeartbeatSeconds = 7 }, streams: Partitions(2));
        DeviceRecord device = await head.AddDeviceAsync("d");
        for (int i = 1; i <= 3; i++)
            await head.PublishAsync(device, "m" + i);
        string? id;
        using (EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry?from=earliest"))
        {
            (string name, id, string data) = (await events.NextAsync())!.Value;
            Assert.Equal("telemetry", name);
            Assert.Equal("m1", JsonSerializer.Deserialize(data, RestanteJson.Default.StreamRecordView)!.Body!.Value.GetString());
        }

        using EventReader resumed = await EventReader.OpenAsync(head, "/v1/telemetry?from=earliest", id);
        Assert.Contains("\"m2\"", (await resumed.NextAsync())!.Value.Data, StringComparison.Ordinal);
        Assert.Contains("\"m3\"", (await resumed.NextAsync())!.Value.Data, StringComparison.Ordinal);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(7));
        head.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(": alive", (await resumed.NextAsync())!.Value.Data);
        await head.PublishAsync(device, "m4");
        Assert.Contains("\"m4\"", (await resumed.NextAsync())!.Value.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_retention_dropped_is_reported_as_a_gap()
    {
        await using TestHead head = await TestHead.StartAsync(
            streams: new MemoryStreamStore(new StreamLimits { Partitions = 1, RetentionMs = 60_000 }));
        DeviceRecord device = await head.AddDeviceAsync("d");
        await head.PublishAsync(device, "old");
        await head.PublishAsync(device, "old too");
        StreamPage begun = await head.GetAsync("/v1/telemetry?max=1", RestanteJson.Default.StreamPage);
        head.Time.Advance(TimeSpan.FromMinutes(5));
        await head.PublishAsync(device, "new");
        await head.Gateway.Maintenance.RunOnceAsync();

        StreamPage page = await head.GetAsync("/v1/telemetry?cursor=" + begun.Next, RestanteJson.Default.StreamPage);
        Assert.Equal(new StreamGap { Partition = 0, Skipped = 1 }, Assert.Single(page.Gaps!));
        Assert.Equal("new", Assert.Single(page.Items).Body!.Value.GetString());
        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry?cursor=" + begun.Next);
        Assert.Equal(("gap", """{"partition":0,"skipped":1}"""), ((await events.NextAsync())!.Value is var gap ? gap.Event : "", gap.Data));
        Assert.Contains("\"new\"", (await events.NextAsync())!.Value.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_read_like_telemetry()
    {
        await using TestHead head = await TestHead.StartAsync();
        Task<HttpResponseMessage> polling = head.SendAsync("GET", "/v1/events?wait=20");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(20));
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await polling;
        StreamPage page = await TestHead.ReadAsync(response, RestanteJson.Default.StreamPage, HttpStatusCode.OK);
        StreamRecordView record = Assert.Single(page.Items);
        Assert.Equal((null, "d", "created"), (record.Partition, record.Device, record.Channel));
        Assert.Equal("created", record.Body!.Value.GetProperty("event").GetString());

        using EventReader events = await EventReader.OpenAsync(head, "/v1/events?from=earliest");
        Assert.Equal("event", (await events.NextAsync())!.Value.Event);
    }

    [Fact]
    public async Task Partitions_are_shown_with_their_ends()
    {
        await using TestHead head = await TestHead.StartAsync(streams: Partitions(2));
        DeviceRecord device = await head.AddDeviceAsync("d");
        await head.PublishAsync(device, "x");
        PartitionPage page = await head.GetAsync("/v1/telemetry/partitions", RestanteJson.Default.PartitionPage);
        PartitionView filled = Assert.Single(page.Items, p => p.LastOffset is not null);
        Assert.Equal((1L, 2L), (filled.FirstSequenceNumber, filled.NextSequenceNumber));
        Assert.Equal(head.Time.GetUtcNow(), filled.LastEnqueuedAt);
        Assert.Equal([0, 1], page.Items.Select(p => p.Partition));
    }

    [Theory]
    [InlineData("/v1/telemetry?partition=8")]
    [InlineData("/v1/telemetry?partition=-1")]
    [InlineData("/v1/telemetry?from=yesterday")]
    [InlineData("/v1/telemetry?from=sequence:1")]
    [InlineData("/v1/telemetry?partition=0&from=sequence:x")]
    [InlineData("/v1/telemetry?partition=0&from=time:2026-11-22")]
    [InlineData("/v1/telemetry?cursor=AAAA")]
    [InlineData("/v1/telemetry?cursor=%21")]
    [InlineData("/v1/telemetry?wait=60.5")]
    [InlineData("/v1/events?from=latest&cursor=AQAAAQ")]
    [InlineData("/v1/telemetry?cursor=AQAAAQ")]
    public async Task What_cannot_be_asked_is_malformed(string path)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("GET", path);
        await TestHead.RefusedAsync(response, 400, "malformed");
    }

    [Fact]
    public async Task A_failing_store_is_503()
    {
        MemoryStreamStore streams = Partitions(1);
        await using TestHead head = await TestHead.StartAsync(streams: streams);
        streams.Unavailable = true;
        foreach (string path in (string[])["/v1/telemetry", "/v1/events?wait=5"])
        {
            using HttpResponseMessage response = await head.SendAsync("GET", path);
            await TestHead.RefusedAsync(response, 503, "unavailable");
        }
    }

    [Fact]
    public void Cursors_come_back_as_they_were_and_damage_is_refused()
    {
        StreamCursor cursor = StreamCursor.ForAll(5);
        cursor.MoveTo(3, long.MaxValue);
        cursor.MoveTo(4, 300);
        cursor.Turn = 2;
        string text = cursor.Encode();
        Assert.True(StreamCursor.TryDecode(text, 5, out StreamCursor? back));
        Assert.Equal((2, 1L, long.MaxValue, 300L), (back.Turn, back.Next(0), back.Next(3), back.Next(4)));
        Assert.False(StreamCursor.TryDecode(text, 4, out _));
        Assert.False(StreamCursor.TryDecode(text, 6, out _));
        for (int cut = 0; cut < text.Length; cut++)
            Assert.False(StreamCursor.TryDecode(text[..cut], 5, out _), text[..cut]);
    }
}
