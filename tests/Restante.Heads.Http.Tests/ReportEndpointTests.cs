using System.Net;
using System.Text.Json;
using Restante.Contracts;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class ReportEndpointTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Reports_on_a_command_are_read_by_pages_and_waited_for()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await StartAsync(head);
        foreach (string body in (string[])["1", "2", "3"])
            await ReportAsync(device, "/v1/reports/1", body);
        ReportPage first = await head.GetAsync("/v1/commands/1/reports?max=2", RestanteJson.Default.ReportPage);
        Assert.Equal([(1, "1"), (2, "2")], first.Items.Select(r => (r.Number, r.Body!.Value.GetString()!)));
        ReportPage second = await head.GetAsync($"/v1/commands/1/reports?from={first.Next}", RestanteJson.Default.ReportPage);
        Assert.Equal(
            (3, "d", false, 4L), (Assert.Single(second.Items).Number, second.Items[0].Device, second.Items[0].IsFinal, second.Next));

        Task<ReportPage> poll = head.GetAsync($"/v1/commands/1/reports?from={second.Next}&wait=60", RestanteJson.Default.ReportPage);
        await head.Time.WhenWaitingAsync(s_minute);
        await ReportAsync(device, "/v1/reports/2", "of another");
        Assert.False(poll.IsCompleted);
        await ReportAsync(device, "/v1/reports/1?final", "4");
        Assert.True(Assert.Single((await poll).Items).IsFinal);
        foreach (string none in (string[])["/v1/commands/9/reports", "/v1/commands/x/reports", "/v1/commands/9/reports?wait=5"])
        {
            using HttpResponseMessage refused = await head.SendAsync("GET", none);
            await TestHead.RefusedAsync(refused, 404, "not-found");
        }
    }

    [Fact]
    public async Task A_stream_of_reports_goes_on_where_it_was_and_ends_after_the_final_one()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await StartAsync(head);
        await ReportAsync(device, "/v1/reports/1", "1");
        await ReportAsync(device, "/v1/reports/1", "2");
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/commands/1/reports", "1");
        (string name, string? id, string data) = (await stream.NextAsync())!.Value;
        Assert.Equal(("report", "2", "2"), (name, id, JsonDocument.Parse(data).RootElement.GetProperty("body").GetString()));
        await ReportAsync(device, "/v1/reports/1?final", "3");
        Assert.Equal("3", (await stream.NextAsync())!.Value.Id);
        Assert.Equal(("end", null, """{"reason":"final"}"""), (await stream.NextAsync())!.Value);
        Assert.Null(await stream.NextAsync());
    }

    [Fact]
    public async Task The_feed_of_all_reports_is_read_waited_for_and_streamed()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await StartAsync(head);
        await ReportAsync(device, "/v1/reports/1", "a");
        await ReportAsync(device, "/v1/reports/2", "b");
        ReportPage page = await head.GetAsync("/v1/reports?max=1", RestanteJson.Default.ReportPage);
        Assert.Equal(("1", 1L, 0L), (Assert.Single(page.Items).Command, page.Next, page.Skipped));
        Task<ReportPage> poll = head.GetAsync("/v1/reports?after=latest&wait=60", RestanteJson.Default.ReportPage);
        await head.Time.WhenWaitingAsync(s_minute);
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/reports", "1");
        Assert.Equal(("report", "2"), ((await stream.NextAsync())!.Value.Event, "2"));
        await ReportAsync(device, "/v1/reports/1?final", "c");
        Assert.Equal(3, Assert.Single((await poll).Items).Place);
        Assert.Equal("3", (await stream.NextAsync())!.Value.Id);
        foreach (string odd in (string[])["after=soon", "after=-1", "max=0", "max=1001"])
        {
            using HttpResponseMessage refused = await head.SendAsync("GET", "/v1/reports?" + odd);
            await TestHead.RefusedAsync(refused, 400, "malformed");
        }
    }

    private static async Task<DeviceClient> StartAsync(TestHead head)
    {
        DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        foreach (int _ in (int[])[1, 2])
            (await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""")).Dispose();
        return device;
    }

    private static async Task ReportAsync(DeviceClient device, string path, string body)
    {
        using HttpResponseMessage response = await device.SendAsync("POST", path, body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }
}
