using System.Net;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class CommandTermsTests
{
    private const string Path = "/v1/devices/d/commands";
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(300);

    [Fact]
    public async Task All_terms_are_taken_from_json_and_from_headers_alike()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage json = await head.SendAsync("POST", Path, """
            {"body":"x","notBefore":"2026-11-22T13:00:00Z","replaceKey":"k1","outcome":false,"shelveExpired":true,
            "reportsUntil":"2026-11-24T12:00:00Z","ttl":7200}
            """);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new ByteArrayContent([1]) };
        foreach ((string name, string value) in ((string, string)[])
            [
                ("Not-Before", "2026-11-22T13:00:00Z"), ("Replace-Key", "k2"), ("Outcome", "false"), ("Shelve-Expired", "true"),
                ("Reports-Until", "2026-11-24T12:00:00Z"), ("Ttl", "7200"),
            ])
            request.Headers.Add("X-Restante-" + name, value);
        using HttpResponseMessage raw = await head.Client.SendAsync(request);
        foreach ((HttpResponseMessage sent, string key) in ((HttpResponseMessage, string)[])[(json, "k1"), (raw, "k2")])
        {
            CommandReceipt receipt = await TestHead.ReadAsync(sent, RestanteJson.Default.CommandReceipt, HttpStatusCode.Created);
            Assert.Equal(head.Time.GetUtcNow().AddHours(2), receipt.ExpiresAt);
            CommandView view = await head.GetAsync("/v1/commands/" + receipt.Id, RestanteJson.Default.CommandView);
            Assert.Equal((key, head.Time.GetUtcNow().AddHours(1), head.Time.GetUtcNow().AddDays(2)), (
                view.ReplaceKey, view.NotBefore, view.ReportsUntil));
        }

        head.Time.Advance(TimeSpan.FromHours(3));
        await head.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty((await head.GetAsync("/v1/outcomes", RestanteJson.Default.OutcomePage)).Items);
        Assert.Equal("expired", (await head.GetAsync("/v1/commands/1", RestanteJson.Default.CommandView)).Outcome!.Outcome);
        DeadLetterPage shelf = await head.GetAsync("/v1/devices/d/dead-letters", RestanteJson.Default.DeadLetterPage);
        Assert.Equal(["expired", "expired"], shelf.Items.Select(m => m.Outcome));
    }

    [Theory]
    [InlineData("""{"notBefore":"2026-11-22T13:00:00Z","ttl":60}""", 400, "malformed")]
    [InlineData("""{"notBefore":"tomorrow"}""", 400, "malformed")]
    [InlineData("""{"replaceKey":""}""", 400, "malformed")]
    [InlineData("""{"reportsUntil":"2026-11-22T11:00:00Z"}""", 400, "malformed")]
    [InlineData("""{"outcome":"no"}""", 400, "malformed")]
    public async Task Terms_that_break_a_rule_are_refused(string json, int status, string kind)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync("POST", Path, json);
        await TestHead.RefusedAsync(response, status, kind);
        using HttpResponseMessage header = await head.SendAsync("POST", Path, null, null, ("X-Restante-Outcome", "no"));
        await TestHead.RefusedAsync(header, 400, "malformed");
    }

    [Fact]
    public async Task The_same_command_again_shows_where_the_first_one_is()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        (await head.SendAsync("POST", Path, """{"body":"x","messageId":"m"}""")).Dispose();
        using HttpResponseMessage again = await head.SendAsync("POST", Path, """{"body":"y","messageId":"m","ttl":5}""");
        Assert.Equal("/v1/commands/1", again.Headers.Location!.OriginalString);
        CommandView view = await TestHead.ReadAsync(again, RestanteJson.Default.CommandView, HttpStatusCode.OK);
        Assert.Equal(("1", "waiting", head.Time.GetUtcNow().AddDays(1)), (view.Id, view.State, view.ExpiresAt));

        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        await hands.TakeAsync(SettleVerb.Accept);
        foreach (string query in (string[])["", "?wait=5"])
        {
            using HttpResponseMessage ended = await head.SendAsync("POST", Path + query, """{"body":"x","messageId":"m"}""");
            Assert.Equal(
                "accepted", (await TestHead.ReadAsync(ended, RestanteJson.Default.CommandView, HttpStatusCode.OK)).Outcome!.Outcome);
        }
    }

    [Fact]
    public async Task A_command_is_cancelled_unless_the_device_has_it_in_hand()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        foreach (int _ in (int[])[1, 2])
            (await head.SendAsync("POST", Path, """{"body":"x"}""")).Dispose();
        DeviceHands hands = await DeviceHands.AttachAsync(head, device);
        LeasedMessage inHand = Assert.Single(await hands.LeaseAsync(1));
        using HttpResponseMessage held = await head.SendAsync("DELETE", "/v1/commands/1");
        Assert.Contains("in hand", (await TestHead.RefusedAsync(held, 409, "conflict")).Detail, StringComparison.Ordinal);
        using HttpResponseMessage cancelled = await head.SendAsync("DELETE", "/v1/commands/2");
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        OutcomeView outcome = (await head.GetAsync("/v1/commands/2", RestanteJson.Default.CommandView)).Outcome!;
        Assert.Equal(("cancelled", "Cancelled by admin."), (outcome.Outcome, outcome.Reason));
        await hands.SettleAsync(inHand, SettleVerb.Accept);
        using HttpResponseMessage ended = await head.SendAsync("DELETE", "/v1/commands/1");
        Assert.Contains("accepted", (await TestHead.RefusedAsync(ended, 409, "conflict")).Detail, StringComparison.Ordinal);
        using HttpResponseMessage none = await head.SendAsync("DELETE", "/v1/commands/9");
        await TestHead.RefusedAsync(none, 404, "not-found");
    }

    [Fact]
    public async Task What_is_no_command_is_none_here()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        (await device.SendAsync("POST", "/v1/inquiries/s", "?")).Dispose();
        (await head.SendAsync("GET", "/v1/inquiries/s")).Dispose();
        (await head.SendAsync("POST", "/v1/inquiries/1/answers", """{"body":"x"}""")).Dispose();
        Assert.Equal("answer", Assert.Single((await head.GetAsync("/v1/devices/d/mailbox", RestanteJson.Default.MailboxPage)).Items).Kind);
        foreach (string method in (string[])["GET", "DELETE"])
        {
            using HttpResponseMessage none = await head.SendAsync(method, "/v1/commands/1");
            await TestHead.RefusedAsync(none, 404, "not-found");
        }

        Assert.Single(await device.TakeAsync());
    }

    [Fact]
    public async Task Waiting_for_the_report_ends_with_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<HttpResponseMessage> sending = head.SendAsync("POST", Path + "?wait=300&until=report", """{"body":"x"}""");
        await head.Time.WhenWaitingAsync(s_wait);
        await device.TakeAsync();
        await device.DoAsync("DELETE", "/v1/mailbox/1-1");
        (await device.SendAsync("POST", "/v1/reports/1", "half")).Dispose();
        Assert.False(sending.IsCompleted);
        (await device.SendAsync("POST", "/v1/reports/1?final", "whole")).Dispose();
        using HttpResponseMessage response = await sending;
        CommandView view = await TestHead.ReadAsync(response, RestanteJson.Default.CommandView, HttpStatusCode.OK);
        Assert.Equal(("accepted", "whole", 2, true), (
            view.Outcome!.Outcome, view.Report!.Body!.Value.GetString(), view.Report.Number, view.Report.IsFinal));
    }

    [Fact]
    public async Task Waiting_for_the_report_ends_when_none_can_follow_and_after_its_time()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<HttpResponseMessage> sending = head.SendAsync("POST", Path + "?wait=300&until=report", """{"body":"x"}""");
        await head.Time.WhenWaitingAsync(s_wait);
        await device.TakeAsync();
        await device.DoAsync("POST", "/v1/mailbox/1-1/reject");
        using HttpResponseMessage rejected = await sending;
        CommandView view = await TestHead.ReadAsync(rejected, RestanteJson.Default.CommandView, HttpStatusCode.OK);
        Assert.Equal(("rejected", null), (view.Outcome!.Outcome, view.Report));

        sending = head.SendAsync("POST", Path + "?wait=2&until=report", """{"body":"x"}""");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(2));
        head.Time.Advance(TimeSpan.FromSeconds(2));
        using HttpResponseMessage open = await sending;
        Assert.Equal(HttpStatusCode.Accepted, open.StatusCode);
        using HttpResponseMessage odd = await head.SendAsync("POST", Path + "?until=doomsday", """{"body":"x"}""");
        await TestHead.RefusedAsync(odd, 400, "malformed");
    }

    [Fact]
    public async Task A_shelf_is_listed_resent_from_and_emptied()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        for (int i = 1; i <= 3; i++)
        {
            (await head.SendAsync("POST", Path, $$"""{"body":"{{i}}"}""")).Dispose();
            await device.TakeAsync();
            await device.DoAsync("POST", $"/v1/mailbox/{i}-1/reject", """{"reason":"no"}""", "application/json");
        }

        const string Shelf = "/v1/devices/d/dead-letters";
        DeadLetterPage first = await head.GetAsync(Shelf + "?max=2", RestanteJson.Default.DeadLetterPage);
        Assert.Equal([("1", "rejected", "no"), ("2", "rejected", "no")], first.Items.Select(m => (m.Id, m.Outcome, m.Reason)));
        DeadLetterPage second = await head.GetAsync($"{Shelf}?max=2&after={first.Next}", RestanteJson.Default.DeadLetterPage);
        Assert.Equal(("3", null), (Assert.Single(second.Items).Body!.Value.GetString(), second.Next));

        using HttpResponseMessage resent = await head.SendAsync("POST", Shelf + "/2/resend", """{"ttl":60}""");
        CommandReceipt receipt = await TestHead.ReadAsync(resent, RestanteJson.Default.CommandReceipt, HttpStatusCode.Created);
        Assert.Equal((head.Time.GetUtcNow().AddMinutes(1), 1), (receipt.ExpiresAt, receipt.Depth));
        Assert.Equal("2", (await head.GetAsync(resent.Headers.Location!.OriginalString, RestanteJson.Default.CommandView)).ResendOf);
        using HttpResponseMessage again = await head.SendAsync("POST", Shelf + "/2/resend");
        await TestHead.RefusedAsync(again, 404, "not-found");
        using HttpResponseMessage late = await head.SendAsync("POST", Shelf + "/1/resend", """{"expiresAt":"2026-11-22T11:00:00Z"}""");
        await TestHead.RefusedAsync(late, 410, "expired");
        using HttpResponseMessage deleted = await head.SendAsync("DELETE", Shelf + "/1");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using HttpResponseMessage gone = await head.SendAsync("DELETE", Shelf + "/1");
        await TestHead.RefusedAsync(gone, 404, "not-found");
        using HttpResponseMessage all = await head.SendAsync("DELETE", Shelf);
        Assert.Equal(1, (await TestHead.ReadAsync(all, RestanteJson.Default.DeletedView, HttpStatusCode.OK)).Deleted);
        using HttpResponseMessage nobody = await head.SendAsync("GET", "/v1/devices/nobody/dead-letters");
        await TestHead.RefusedAsync(nobody, 404, "not-found");
    }
}
