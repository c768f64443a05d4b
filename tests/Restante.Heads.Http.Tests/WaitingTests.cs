using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Tests;

public sealed class WaitingTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task One_more_wait_than_allowed_is_refused_until_a_place_is_free()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions
        {
            MaxLongPolls = 2,
            LongPollSharePercent = 100,
            RetryAfterSeconds = 9,
            RetryAfterSpreadSeconds = 3,
        });
        await head.AddDeviceAsync("d");
        Task<HttpResponseMessage> polling = head.SendAsync("GET", "/v1/outcomes?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        EventReader events = await EventReader.OpenAsync(head, "/v1/events?from=latest");

        foreach (string path in (string[])["/v1/telemetry?wait=1", "/v1/events?wait=1", "/v1/outcomes?wait=1"])
        {
            using HttpResponseMessage refused = await head.SendAsync("GET", path);
            await TestHead.RefusedAsync(refused, 429, "throttled");
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 9, 12);
        }

        using HttpResponseMessage command = await head.SendAsync("POST", "/v1/devices/d/commands?wait=1", """{"body":"x"}""");
        await TestHead.RefusedAsync(command, 429, "throttled");
        Assert.Equal(0, (await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView)).Mailbox.Depth);
        using HttpResponseMessage now = await head.SendAsync("GET", "/v1/outcomes");
        Assert.Equal(HttpStatusCode.OK, now.StatusCode);

        head.Time.Advance(s_minute);
        (await polling).Dispose();
        using EventReader another = await EventReader.OpenAsync(head, "/v1/events?from=latest");
        events.Dispose();
    }

    [Fact]
    public async Task A_policy_has_its_share_of_the_waits_and_leaves_the_others_room()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxLongPolls = 5, LongPollSharePercent = 40 });
        using HttpClient other = await head.NewServiceAsync(Rights.TelemetryRead);
        EventReader[] mine = [await EventReader.OpenAsync(head, "/v1/events"), await EventReader.OpenAsync(head, "/v1/telemetry")];
        using HttpResponseMessage beyond = await head.SendAsync("GET", "/v1/outcomes?wait=60");
        Assert.Contains("its share", (await TestHead.RefusedAsync(beyond, 429, "throttled")).Detail, StringComparison.Ordinal);
        Assert.NotNull(beyond.Headers.RetryAfter);

        using EventReader first = await EventReader.OpenAsync(head, "/v1/events", null, other);
        using EventReader second = await EventReader.OpenAsync(head, "/v1/events", null, other);
        using HttpResponseMessage theirs = await head.SendAsync("GET", "/v1/events?wait=60", null, other);
        await TestHead.RefusedAsync(theirs, 429, "throttled");

        foreach (EventReader reader in mine)
            reader.Dispose();
    }

    [Fact]
    public async Task Draining_ends_polls_and_streams_at_once()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        Task<HttpResponseMessage> poll = head.SendAsync("GET", "/v1/telemetry?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        Task<HttpResponseMessage> command = head.SendAsync("POST", "/v1/devices/d/commands?wait=300", """{"body":"x"}""");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(300));
        using EventReader events = await EventReader.OpenAsync(head, "/v1/outcomes");

        head.App.Lifetime.StopApplication();
        using HttpResponseMessage polled = await poll.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty((await TestHead.ReadAsync(polled, RestanteJson.Default.StreamPage, HttpStatusCode.OK)).Items);
        using HttpResponseMessage sent = await command.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
        Assert.Equal(("end", null, """{"reason":"draining"}"""), (await events.NextAsync())!.Value);
        Assert.Null(await events.NextAsync());
    }

    [Fact]
    public async Task A_stream_whose_credential_is_changed_says_so_and_not_that_the_policy_is_gone()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient client = await head.NewServiceAsync(Rights.TelemetryRead, "reader");
        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry", null, client);
        Assert.True((await head.Gateway.Policies.SetCredentialAsync("reader", CredentialSlot.Primary, SymmetricKey.Generate())).IsSuccess);
        Assert.Equal(("end", null, """{"reason":"credential-changed"}"""), (await events.NextAsync())!.Value);
        Assert.Null(await events.NextAsync());
    }

    [Fact]
    public async Task A_stream_ends_when_its_policy_is_removed()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient client = await head.NewServiceAsync(Rights.TelemetryRead, "reader");
        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry", null, client);
        (await head.SendAsync("DELETE", "/v1/policies/reader")).Dispose();
        Assert.Equal(("end", null, """{"reason":"policy-removed"}"""), (await events.NextAsync())!.Value);
        Assert.Null(await events.NextAsync());
    }

    [Fact]
    public async Task A_stream_ends_when_its_token_does()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient client = head.NewClient("x", "y");
        string token = AccessToken.ForPolicy("h", "admin", Convert.FromBase64String(head.AdminKey), head.Time.GetUtcNow().AddSeconds(90));
        client.DefaultRequestHeaders.Authorization = null;
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", token);
        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry", null, client);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(90));
        head.Time.Advance(TimeSpan.FromSeconds(90));
        (string name, _, string data) = (await events.NextAsync())!.Value;
        if (name.Length == 0)
            (name, _, data) = (await events.NextAsync())!.Value;
        Assert.Equal(("end", """{"reason":"token-expired"}"""), (name, data));
    }

    [Fact]
    public async Task A_stream_ends_when_the_store_gives_up()
    {
        var streams = new Restante.Storage.Conformance.Streams.MemoryStreamStore();
        await using TestHead head = await TestHead.StartAsync(streams: streams);
        DeviceRecord device = await head.AddDeviceAsync("d");
        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry");
        await head.PublishAsync(device, "x");
        Assert.Equal("telemetry", (await events.NextAsync())!.Value.Event);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(15));
        streams.Unavailable = true;
        head.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(": alive", (await events.NextAsync())!.Value.Data);
        Assert.Equal(("end", null, """{"reason":"unavailable"}"""), (await events.NextAsync())!.Value);
    }

    [Fact]
    public async Task Readers_that_left_leave_nothing_behind()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxLongPolls = 1 });
        for (int i = 0; i < 5; i++)
        {
            Task<HttpResponseMessage> poll = head.SendAsync("GET", "/v1/telemetry?wait=60");
            await head.Time.WhenWaitingAsync(s_minute);
            head.Time.Advance(s_minute);
            using HttpResponseMessage response = await poll;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await response.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task A_stream_whose_reader_does_not_read_is_cut()
    {
        var time = new ManualTime();
        var context = new DefaultHttpContext();
        context.Response.Body = new StuckBody();
        var stream = new EventStream(context.Response, TimeSpan.FromSeconds(30), time);
        Task beat = stream.HeartbeatAsync(CancellationToken.None).AsTask();
        await time.WhenWaitingAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<OperationCanceledException>(() => beat);
        Assert.True(stream.IsCut);
    }

    [Fact]
    public async Task A_stream_whose_reader_takes_its_time_for_a_large_event_is_not_cut()
    {
        var time = new ManualTime();
        var context = new DefaultHttpContext();
        var body = new SlowBody();
        context.Response.Body = body;
        var stream = new EventStream(context.Response, TimeSpan.FromSeconds(30), time);
        string reason = new('x', 100_000);
        Task end = stream.EndAsync(reason, CancellationToken.None).AsTask();
        while (await Task.WhenAny(end, body.ComeAsync()) != end)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            body.Take();
        }

        await end;
        Assert.False(stream.IsCut);
        Assert.Contains(reason, Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_is_to_end_in_the_midst_of_an_event_is_cut()
    {
        using var end = new CancellationTokenSource();
        var context = new DefaultHttpContext();
        var body = new SlowBody();
        context.Response.Body = body;
        var stream = new EventStream(context.Response, TimeSpan.FromSeconds(30), TimeProvider.System);
        Task sent = stream.EndAsync(new string('x', 100_000), end.Token).AsTask();
        await body.ComeAsync();
        body.Take();
        await body.ComeAsync();
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        Assert.True(stream.IsCut);
    }

    /// <summary>A body that takes some bytes when it is told to.</summary>
    private sealed class SlowBody : MemoryStream
    {
        private const int TakenAtOnce = 8 * 1024;

        private readonly SemaphoreSlim _come = new(0);
        private readonly SemaphoreSlim _taken = new(0);

        /// <summary>Ends when there is more to take.</summary>
        public async Task ComeAsync() => Assert.True(await _come.WaitAsync(TimeSpan.FromSeconds(20)));

        /// <summary>Takes some of it.</summary>
        public void Take() => _taken.Release();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (!buffer.IsEmpty)
            {
                _come.Release();
                await _taken.WaitAsync(cancellationToken);
                int taken = Math.Min(buffer.Length, TakenAtOnce);
                await base.WriteAsync(buffer[..taken], cancellationToken);
                buffer = buffer[taken..];
            }
        }
    }

    /// <summary>A body that takes nothing.</summary>
    private sealed class StuckBody : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource().Task);
    }
}
