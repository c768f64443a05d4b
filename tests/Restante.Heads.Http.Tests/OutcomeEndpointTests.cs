using System.Net;
using System.Text.Json;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class OutcomeEndpointTests
{
    [Fact]
    public async Task Outcomes_are_read_by_number()
    {
        await using TestHead head = await TestHead.StartAsync();
        await EndAsync(head, 5);
        OutcomePage first = await head.GetAsync("/v1/outcomes?max=3", RestanteJson.Default.OutcomePage);
        Assert.Equal([1L, 2, 3], first.Items.Select(o => o.Number));
        Assert.Equal((3L, 0L), (first.Next, first.Skipped));
        OutcomePage second = await head.GetAsync($"/v1/outcomes?after={first.Next}", RestanteJson.Default.OutcomePage);
        Assert.Equal([4L, 5], second.Items.Select(o => o.Number));
        OutcomePage none = await head.GetAsync($"/v1/outcomes?after={second.Next}", RestanteJson.Default.OutcomePage);
        Assert.Empty(none.Items);
        Assert.Equal(5, none.Next);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(20)]
    public async Task After_latest_is_after_the_last_one(int count)
    {
        await using TestHead head = await TestHead.StartAsync();
        if (count > 0)
            await EndAsync(head, count);
        OutcomePage page = await head.GetAsync("/v1/outcomes?after=latest", RestanteJson.Default.OutcomePage);
        Assert.Empty(page.Items);
        Assert.Equal(count, page.Next);
    }

    [Fact]
    public async Task A_place_that_the_feed_has_not_come_to_is_refused()
    {
        await using TestHead head = await TestHead.StartAsync();
        await EndAsync(head, 3);
        foreach (string feed in new[] { "/v1/outcomes", "/v1/reports" })
        {
            using HttpResponseMessage page = await head.SendAsync("GET", feed + "?after=4&wait=60");
            Assert.Equal(HttpStatusCode.BadRequest, page.StatusCode);
            using HttpResponseMessage stream = await head.SendAsync(
                "GET", feed, null, null, ("Accept", "text/event-stream"), ("Last-Event-ID", "999999999"));
            Assert.Equal(HttpStatusCode.BadRequest, stream.StatusCode);
        }

        Assert.Empty((await head.GetAsync("/v1/outcomes?after=3", RestanteJson.Default.OutcomePage)).Items);
    }

    [Fact]
    public async Task A_long_poll_wakes_when_a_command_ends()
    {
        await using TestHead head = await TestHead.StartAsync();
        Task<HttpResponseMessage> polling = head.SendAsync("GET", "/v1/outcomes?wait=60");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        await EndAsync(head, 1);
        using HttpResponseMessage response = await polling;
        OutcomePage last = await TestHead.ReadAsync(response, RestanteJson.Default.OutcomePage, HttpStatusCode.OK);
        Assert.Equal("cancelled", Assert.Single(last.Items).Outcome);
    }

    [Fact]
    public async Task A_long_poll_ends_empty_when_its_time_is_over()
    {
        await using TestHead head = await TestHead.StartAsync();
        Task<HttpResponseMessage> polling = head.SendAsync("GET", "/v1/outcomes?wait=60");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        head.Time.Advance(TimeSpan.FromSeconds(60));
        using HttpResponseMessage response = await polling;
        Assert.Empty((await TestHead.ReadAsync(response, RestanteJson.Default.OutcomePage, HttpStatusCode.OK)).Items);
    }

    [Fact]
    public async Task Skipped_outcomes_are_reported_in_pages_and_streams()
    {
        await using TestHead head = await TestHead.StartAsync(mailboxes: new MailboxLimits { OutcomeRetentionMs = 60_000 });
        await EndAsync(head, 3);
        head.Time.Advance(TimeSpan.FromMinutes(2));
        await EndAsync(head, 1);
        await head.Gateway.Maintenance.RunOnceAsync();
        OutcomePage page = await head.GetAsync("/v1/outcomes", RestanteJson.Default.OutcomePage);
        Assert.Equal((3L, 4L), (page.Skipped, Assert.Single(page.Items).Number));

        using EventReader events = await EventReader.OpenAsync(head, "/v1/outcomes");
        (string name, string? id, string data) = (await events.NextAsync())!.Value;
        Assert.Equal(("gap", null, """{"skipped":3}"""), (name, id, data));
        (name, id, _) = (await events.NextAsync())!.Value;
        Assert.Equal(("outcome", "4"), (name, id));
    }

    [Fact]
    public async Task A_stream_of_outcomes_goes_on_where_its_reader_left_and_follows()
    {
        await using TestHead head = await TestHead.StartAsync();
        await EndAsync(head, 3);
        using EventReader events = await EventReader.OpenAsync(head, "/v1/outcomes", lastEventId: "1");
        Assert.Equal("2", (await events.NextAsync())!.Value.Id);
        Assert.Equal("3", (await events.NextAsync())!.Value.Id);
        await EndAsync(head, 1);
        (string name, string? id, string data) = (await events.NextAsync())!.Value;
        Assert.Equal(("outcome", "4"), (name, id));
        Assert.Equal(4, JsonSerializer.Deserialize(data, RestanteJson.Default.OutcomeView)!.Number);
    }

    [Theory]
    [InlineData("/v1/outcomes?after=-1")]
    [InlineData("/v1/outcomes?after=x")]
    [InlineData("/v1/outcomes?max=0")]
    [InlineData("/v1/outcomes?wait=61")]
    public async Task What_cannot_be_asked_is_malformed(string path)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("GET", path);
        await TestHead.RefusedAsync(response, 400, "malformed");
    }

    // Ends that many commands as cancelled.
    private static async Task EndAsync(TestHead head, int count)
    {
        DeviceRecord device = (await head.Gateway.Devices.FindAsync("d")).Value ?? await head.AddDeviceAsync("d");
        for (int i = 0; i < count; i++)
            (await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""")).Dispose();
        Assert.Equal(count, (await head.Gateway.Mailboxes.PurgeAsync(device, "test")).Value);
    }
}
