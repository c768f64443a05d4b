using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>What one policy reads at once is bounded; the rest stands in line, and other policies and their requests do not.</summary>
public sealed class ReadingTurnsTests
{
    private const int WaitSeconds = 7;

    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(WaitSeconds);
    private static readonly TimeSpan s_minute = TimeSpan.FromSeconds(60);
    private static readonly HttpHeadOptions s_one = new() { MaxReadingsPerPolicy = 1, ReadingWaitSeconds = WaitSeconds };

    [Fact]
    public async Task One_more_stands_in_line_and_is_refused_when_its_time_is_over()
    {
        await using TestHead head = await TestHead.StartAsync(s_one);
        using HttpClient other = await head.NewServiceAsync(Rights.RegistryRead);
        Pipe[] bodies = [new(), new()];
        Task<HttpResponseMessage>[] imports = Array.ConvertAll(bodies, body => ImportAsync(head.Client, body));
        await head.Time.WhenWaitingAsync(s_wait);

        // One of the two is under way, the other stands in line. Another policy has a line of its own.
        using (HttpResponseMessage page = await head.SendAsync("GET", "/v1/devices", client: other))
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        head.Time.Advance(s_wait);
        Task<HttpResponseMessage> first = await Task.WhenAny(imports);
        using (HttpResponseMessage refused = await first)
        {
            await TestHead.RefusedAsync(refused, 429, "throttled");
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        foreach (Pipe body in bodies)
            await body.Writer.CompleteAsync();
        using HttpResponseMessage imported = await imports.Single(i => i != first);
        Assert.Equal(HttpStatusCode.OK, imported.StatusCode);
        using HttpResponseMessage next = await head.SendAsync("GET", "/v1/devices");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/devices")]
    [InlineData("GET", "/v1/devices/export")]
    [InlineData("GET", "/v1/devices/d/mailbox")]
    [InlineData("GET", "/v1/jobs")]
    [InlineData("POST", "/v1/devices/import")]
    [InlineData("POST", "/v1/jobs")]
    [InlineData("POST", "/v1/notifications")]
    public async Task Who_asks_for_an_event_stream_where_there_is_none_stands_in_line(string method, string path)
    {
        await using TestHead head = await TestHead.StartAsync(s_one);
        using HttpResponseMessage unread = await ListUnreadAsync(head);
        await RefusedInLineAsync(head, head.SendAsync(method, path, null, null, ("Accept", "text/event-stream")));
    }

    [Theory]
    [InlineData("/v1/outcomes?wait=0")]
    [InlineData("/v1/reports?wait=0.0")]
    [InlineData("/v1/telemetry?wait=0")]
    [InlineData("/v1/telemetry?group=g&reader=r&wait=0")]
    [InlineData("/v1/inquiries/weather?wait=0")]
    [InlineData("/v1/inquiries/weather/ended?wait=0")]
    [InlineData("/v1/outcomes?wait=60")]
    [InlineData("/v1/inquiries/weather?wait=60")]
    public async Task A_poll_stands_in_line_for_each_look_and_the_more_one_that_does_not_wait(string path)
    {
        await using TestHead head = await TestHead.StartAsync(s_one);
        using HttpResponseMessage unread = await ListUnreadAsync(head);
        await RefusedInLineAsync(head, head.SendAsync("GET", path));
    }

    [Theory]
    [InlineData("/v1/reports?wait=60")]
    [InlineData("/v1/commands/1/reports?wait=60")]
    [InlineData("/v1/telemetry?wait=60")]
    [InlineData("/v1/telemetry?group=g&reader=r&wait=60")]
    public async Task The_answer_of_a_long_poll_has_its_turn_until_it_has_been_read(string path)
    {
        await using TestHead head = await TestHead.StartAsync(s_one);
        DeviceRecord device = await WithCommandAsync(head);
        for (int i = 0; i < 14; i++)
        {
            await ReportAsync(head, device, 9_000, isFinal: false);
            await head.PublishAsync(device, new string('x', 9_000));
        }

        using HttpResponseMessage unread = await head.SendAsync("GET", path);
        Assert.Equal(HttpStatusCode.OK, unread.StatusCode);
        Task<HttpResponseMessage> next = head.SendAsync("GET", "/v1/devices");
        await head.Time.WhenWaitingAsync(s_wait);
        Assert.False(next.IsCompleted);
        Assert.InRange((await unread.Content.ReadAsStringAsync()).Length, 14 * 9_000, int.MaxValue);
        using HttpResponseMessage page = await next;
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_poll_that_stands_in_line_ends_with_what_waits_end_with(bool isDrain)
    {
        await using TestHead head = await TestHead.StartAsync(s_one);
        using HttpClient service = await head.NewServiceAsync(Rights.Admin, "service");
        using HttpResponseMessage unread = await ListUnreadAsync(head, service);
        Task<HttpResponseMessage> poll = head.SendAsync("GET", "/v1/outcomes?wait=60", client: service);
        await head.Time.WhenWaitingAsync(s_wait);
        Assert.False(poll.IsCompleted);
        if (isDrain)
            head.App.Lifetime.StopApplication();
        else
            Assert.True((await head.Gateway.Policies.SetCredentialAsync("service", CredentialSlot.Primary, SymmetricKey.Generate())).IsSuccess);
        using HttpResponseMessage refused = await poll.WaitAsync(TimeSpan.FromSeconds(20));
        await (isDrain ? TestHead.RefusedAsync(refused, 503, "unavailable") : TestHead.RefusedAsync(refused, 401, "unauthorized"));
    }

    [Fact]
    public async Task Who_waits_for_news_has_no_turn()
    {
        await using TestHead head = await TestHead.StartAsync(s_one);
        DeviceRecord device = await WithCommandAsync(head);
        Task<HttpResponseMessage> poll = head.SendAsync("GET", "/v1/reports?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        using EventReader events = await EventReader.OpenAsync(head, "/v1/events?from=latest");
        using HttpResponseMessage inquiries = await head.SendAsync("GET", "/v1/inquiries/weather/stream");
        Assert.Equal(HttpStatusCode.OK, inquiries.StatusCode);
        using HttpResponseMessage page = await head.SendAsync("GET", "/v1/devices");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.False(poll.IsCompleted);
        await ReportAsync(head, device, 1, isFinal: true);
        using HttpResponseMessage news = await poll;
        Assert.Contains("\"items\":[{", await news.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_that_a_sender_waited_for_keeps_its_place_until_it_has_been_read()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxLongPolls = 1, LongPollSharePercent = 100 });
        DeviceRecord device = await head.AddDeviceAsync("d");
        Task<HttpResponseMessage> sending = head.SendAsync("POST", "/v1/devices/d/commands?wait=300&until=report", """{"body":"x"}""");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(300));
        await ReportAsync(head, device, 200_000, isFinal: true);
        using HttpResponseMessage unread = await sending;
        Assert.Equal(HttpStatusCode.OK, unread.StatusCode);
        using HttpResponseMessage next = await head.SendAsync("GET", "/v1/outcomes?wait=1");
        await TestHead.RefusedAsync(next, 429, "throttled");
        Assert.InRange((await unread.Content.ReadAsStringAsync()).Length, 200_000, int.MaxValue);
    }

    [Fact]
    public async Task Who_stands_in_line_has_the_next_turn_and_whose_client_has_gone_leaves_it()
    {
        var turns = new ReadingTurns(s_one, new ManualTime());
        var by = new ServicePrincipal("p", Rights.RegistryRead, CredentialSlot.Primary, long.MaxValue);
        Assert.True(turns.TryTake(by));
        Assert.False(turns.TryTake(by));
        using var gone = new CancellationTokenSource();
        Task<bool> leaves = turns.TakeAsync(by, gone.Token).AsTask();
        Task<bool> next = turns.TakeAsync(by, CancellationToken.None).AsTask();
        Assert.Equal(2, turns.Waiting);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        Assert.False(next.IsCompleted);
        turns.Give(by);
        Assert.True(await next);
        Assert.Equal(0, turns.Waiting);
        turns.Give(by);
        Assert.Equal(0, turns.Policies);
    }

    private static Task<HttpResponseMessage> ImportAsync(HttpClient client, Pipe body)
    {
        var content = new StreamContent(body.Reader.AsStream());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return client.PostAsync("/v1/devices/import", content);
    }

    // An answer that is not read, and more than lies between the two.
    private static async Task<HttpResponseMessage> ListUnreadAsync(TestHead head, HttpClient? client = null)
    {
        string tags = $$"""{"t":"{{new string('x', 7_900)}}"}""";
        for (int i = 0; i < 20; i++)
            Assert.True((await head.Gateway.Devices.CreateAsync($"d{i}", tags: tags)).IsSuccess);
        HttpResponseMessage unread = await head.SendAsync("GET", "/v1/devices", client: client);
        Assert.Equal(HttpStatusCode.OK, unread.StatusCode);
        return unread;
    }

    private static async Task RefusedInLineAsync(TestHead head, Task<HttpResponseMessage> asked)
    {
        await head.Time.WhenWaitingAsync(s_wait);
        Assert.False(asked.IsCompleted);
        head.Time.Advance(s_wait);
        using HttpResponseMessage refused = await asked;
        await TestHead.RefusedAsync(refused, 429, "throttled");
    }

    private static async Task<DeviceRecord> WithCommandAsync(TestHead head)
    {
        DeviceRecord device = await head.AddDeviceAsync("d");
        using HttpResponseMessage sent = await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""");
        Assert.Equal("/v1/commands/1", sent.Headers.Location!.OriginalString);
        return device;
    }

    private static async Task ReportAsync(TestHead head, DeviceRecord device, int bytes, bool isFinal)
    {
        byte[] content = new MessageContent { BodyKind = BodyKind.Text, Body = Encoding.UTF8.GetBytes(new string('x', bytes)) }.Encode();
        Assert.True((await head.Gateway.Reports.ReportAsync(head.Principal(device), new Sequence(1), content, isFinal)).IsSuccess);
    }
}
