using System.Net;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class GroupAndJobTests
{
    [Fact]
    public async Task Readers_of_a_group_share_partitions_and_go_on_at_checkpoints()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        foreach (string body in (string[])["1", "2", "3"])
            await head.PublishAsync(device, body);
        const string Read = "/v1/telemetry?group=g&reader=a";
        StreamPage page = await head.GetAsync(Read + "&max=2", RestanteJson.Default.StreamPage);
        Assert.Equal(["1", "2"], page.Items.Select(r => r.Body!.Value.GetString()!));
        Assert.Equal(Enumerable.Range(0, head.Gateway.Telemetry.Partitions), page.Partitions!);
        Assert.Null(page.Next);

        // What was not accepted comes again.
        page = await head.GetAsync(Read + "&max=1", RestanteJson.Default.StreamPage);
        Assert.Equal("1", page.Items[0].Body!.Value.GetString());

        page = await head.GetAsync(Read, RestanteJson.Default.StreamPage);
        StreamRecordView second = page.Items[1];
        string place = $$"""{"partition":{{second.Partition}},"sequenceNumber":{{second.SequenceNumber}}}""";
        string checkpoint = $$"""{"reader":"a","partitions":[{{place}}]}""";
        using HttpResponseMessage stored = await head.SendAsync("POST", "/v1/telemetry/groups/g/checkpoints", checkpoint);
        Assert.Equal(HttpStatusCode.NoContent, stored.StatusCode);
        Assert.Equal("3", Assert.Single((await head.GetAsync(Read, RestanteJson.Default.StreamPage)).Items).Body!.Value.GetString());

        ConsumerGroupView view = await head.GetAsync("/v1/telemetry/groups/g", RestanteJson.Default.ConsumerGroupView);
        GroupPartitionView partition = view.Partitions.Single(p => p.Partition == second.Partition);
        Assert.Equal(("a", 3L, 1L), (partition.Reader, partition.NextSequenceNumber, partition.Behind));
        Assert.Equal(("a", "admin", true), (Assert.Single(view.Readers).Name, view.Readers[0].Policy, view.Readers[0].IsPolling));
        Assert.Equal(["g"], (await head.GetAsync("/v1/telemetry/groups", RestanteJson.Default.ConsumerGroupPage)).Items);
        using HttpClient service = await head.NewServiceAsync(Rights.TelemetryRead);
        using HttpResponseMessage inUse = await head.SendAsync("DELETE", "/v1/telemetry/groups/g", null, service);
        await TestHead.RefusedAsync(inUse, 409, "conflict");

        head.Time.Advance(TimeSpan.FromMinutes(2));
        await head.Gateway.Maintenance.RunOnceAsync();
        using HttpResponseMessage lapsed = await head.SendAsync("POST", "/v1/telemetry/groups/g/checkpoints", checkpoint);
        await TestHead.RefusedAsync(lapsed, 410, "expired");
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/telemetry/groups/g", null, service);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage none = await head.SendAsync("GET", "/v1/telemetry/groups/g");
        await TestHead.RefusedAsync(none, 404, "not-found");
    }

    [Fact]
    public async Task An_administrator_removes_a_group_that_has_readers()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient service = await head.NewServiceAsync(Rights.TelemetryRead);
        Task<HttpResponseMessage> poll = head.SendAsync("GET", "/v1/telemetry?group=g&reader=a&wait=60", null, service);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/telemetry/groups/g");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage ended = await poll;
        await TestHead.RefusedAsync(ended, 410, "expired");
        Assert.Empty((await head.GetAsync("/v1/telemetry/groups", RestanteJson.Default.ConsumerGroupPage)).Items);
    }

    [Fact]
    public async Task A_reader_of_a_group_that_waits_is_handed_what_comes()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        Task<StreamPage> poll = head.GetAsync("/v1/telemetry?group=g&reader=a&wait=60", RestanteJson.Default.StreamPage);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        await head.PublishAsync(device, "x");
        Assert.Single((await poll).Items);
    }

    [Theory]
    [InlineData("group=g")]
    [InlineData("reader=a")]
    [InlineData("group=g&reader=a&partition=0")]
    [InlineData("group=g&reader=a%20b")]
    [InlineData("group=a%20b&reader=a")]
    [InlineData("group=g&reader=a&from=sequence:1")]
    public async Task What_a_group_cannot_be_asked_is_refused(string query)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("GET", "/v1/telemetry?" + query);
        await TestHead.RefusedAsync(response, 400, "malformed");
        using HttpResponseMessage stream = await head.SendAsync(
            "GET", "/v1/telemetry?group=g&reader=a", null, null, ("Accept", "text/event-stream"));
        await TestHead.RefusedAsync(stream, 400, "malformed");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"reader":"a"}""")]
    [InlineData("""{"reader":"a","partitions":[]}""")]
    [InlineData("""{"reader":"a","partitions":[null]}""")]
    [InlineData("""{"reader":"a","partitions":[{"partition":0}]}""")]
    public async Task A_checkpoint_that_says_too_little_is_refused(string json)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/telemetry/groups/g/checkpoints", json);
        await TestHead.RefusedAsync(response, 400, "malformed");
    }

    [Theory]
    [InlineData(0, 0, 400, "malformed")]
    [InlineData(0, -1, 400, "malformed")]
    [InlineData(-1, 1, 404, "not-found")]
    [InlineData(100_000, 1, 404, "not-found")]
    [InlineData(0, 2, 410, "expired")]
    public async Task A_checkpoint_of_what_there_is_not_is_refused(int partition, long sequenceNumber, int status, string kind)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.GetAsync("/v1/telemetry?group=g&reader=a", RestanteJson.Default.StreamPage);
        string place = $$"""{"partition":{{partition}},"sequenceNumber":{{sequenceNumber}}}""";
        using HttpResponseMessage response = await head.SendAsync(
            "POST", "/v1/telemetry/groups/g/checkpoints", $$"""{"reader":"a","partitions":[{{place}}]}""");
        await TestHead.RefusedAsync(response, status, kind);
    }

    [Fact]
    public async Task A_job_is_created_watched_and_cancelled()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient client = await head.NewServiceAsync(Rights.Send, "fleet");
        foreach (string id in (string[])["a", "b", "c"])
            await head.AddDeviceAsync(id);
        using HttpResponseMessage created = await head.SendAsync(
            "POST",
            "/v1/jobs",
            """
            {"audience":"id in ('a', 'b')","body":{"update":"1.2"},"startAt":"2026-11-22T13:00:00Z","ratePerSecond":7,"ttl":60,
            "abortAfterFailed":3}
            """,
            client);
        JobView job = await TestHead.ReadAsync(created, RestanteJson.Default.JobView, HttpStatusCode.Created);
        Assert.Equal("/v1/jobs/" + job.Id, created.Headers.Location!.OriginalString);
        Assert.Equal(("scheduled", "fleet", 2L, 7, head.Time.GetUtcNow().AddHours(1)), (
            job.State, job.Creator, job.Expected, job.RatePerSecond, job.StartAt));
        Assert.Equal(job.Id, (await head.GetAsync("/v1/jobs/" + job.Id, RestanteJson.Default.JobView)).Id);
        using HttpResponseMessage second = await head.SendAsync("POST", "/v1/jobs", """{"audience":"id = 'c'","body":"x"}""");
        JobPage page = await head.GetAsync("/v1/jobs?max=1", RestanteJson.Default.JobPage);
        Assert.Equal("2", Assert.Single(page.Items).Id);
        Assert.Equal("1", Assert.Single((await head.GetAsync("/v1/jobs?before=" + page.Next, RestanteJson.Default.JobPage)).Items).Id);
        Assert.Empty((await head.GetAsync("/v1/jobs/1/refusals", RestanteJson.Default.JobRefusalPage)).Items);
        using HttpResponseMessage cancelled = await head.SendAsync("DELETE", "/v1/jobs/1");
        job = await TestHead.ReadAsync(cancelled, RestanteJson.Default.JobView, HttpStatusCode.OK);
        Assert.Equal(("cancelled", "Cancelled by admin."), (job.State, job.Reason));
        using HttpResponseMessage again = await head.SendAsync("DELETE", "/v1/jobs/1");
        await TestHead.RefusedAsync(again, 409, "conflict");
        foreach (string none in (string[])["/v1/jobs/9", "/v1/jobs/x", "/v1/jobs/9/refusals"])
        {
            using HttpResponseMessage refused = await head.SendAsync("GET", none);
            await TestHead.RefusedAsync(refused, 404, "not-found");
        }
    }

    [Theory]
    [InlineData("""{"body":"x"}""", "audience")]
    [InlineData("""{"audience":"tags.","body":"x"}""", "character")]
    [InlineData("""{"audience":"id = 'a'","messageId":"m"}""", "messageId")]
    [InlineData("""{"audience":"id = 'a'","ratePerSecond":0}""", "1 to 5000")]
    [InlineData("""{"audience":"id = 'a'","abortAfterFailedPercent":100}""", "percent")]
    [InlineData("""{"audience":"id = 'a'","ttl":-1}""", "above 0")]
    public async Task A_job_that_breaks_a_rule_is_refused(string json, string detail)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/jobs", json);
        Assert.Contains(detail, (await TestHead.RefusedAsync(response, 400, "malformed")).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_many_jobs_as_are_allowed_are_kept()
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { MaxJobs = 1 });
        (await head.SendAsync("POST", "/v1/jobs", """{"audience":"id = 'a'"}""")).Dispose();
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/jobs", """{"audience":"id = 'a'"}""");
        await TestHead.RefusedAsync(response, 429, "throttled");
    }
}
