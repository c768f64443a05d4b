using System.Net;
using Restante.Contracts;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class NotificationEndpointTests
{
    [Fact]
    public async Task A_notification_reaches_its_audience_and_is_reported_on()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient bus = await CreateAsync(head, """{"id":"bus","groups":["buses"],"tags":{"city":"Oslo"}}""", "bus");
        using DeviceClient tram = await CreateAsync(head, """{"id":"tram","tags":{"city":"Oslo"}}""", "tram");
        Task<IReadOnlyList<DeliveredMessage>> poll = tram.TakeAsync("?wait=60");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        NotificationReceipt all = await NotifyAsync(
            head, """{"audience":"tags.city = 'Oslo'","body":{"snow":true},"ttl":60,"messageId":"n1"}""", HttpStatusCode.Created);
        NotificationReceipt buses = await NotifyAsync(head, """{"group":"buses","body":"diversion"}""", HttpStatusCode.Created);
        NotificationReceipt nobody = await NotifyAsync(head, """{"group":"ships","body":"fog"}""", HttpStatusCode.Created);
        Assert.Equal((false, false, true), (all.MatchesNobody, buses.MatchesNobody, nobody.MatchesNobody));
        Assert.Equal((true, all.Id), (
            (await NotifyAsync(head, """{"audience":"id = 'x'","body":"","messageId":"n1"}""", HttpStatusCode.OK)).IsDuplicate, all.Id));

        DeliveredMessage snow = Assert.Single(await poll);
        Assert.Equal(("notification", true), (snow.Kind, snow.Body!.Value.GetProperty("snow").GetBoolean()));
        await tram.DoAsync("DELETE", "/v1/mailbox/" + snow.Lease);
        IReadOnlyList<DeliveredMessage> mail = await bus.TakeAsync();
        Assert.Equal([all.Id, buses.Id], mail.Select(m => m.Id));
        await bus.DoAsync("POST", $"/v1/mailbox/{mail[0].Lease}/reject", """{"reason":"no wipers"}""", "application/json");

        NotificationView view = await head.GetAsync("/v1/notifications/" + all.Id, RestanteJson.Default.NotificationView);
        Assert.Equal(("active", 1L, 1L, 2L, "n1"), (view.State, view.Accepted, view.Rejected, view.Matching!.Value, view.MessageId));
        NotificationDevicePage devices = await head.GetAsync(
            $"/v1/notifications/{all.Id}/devices?max=1", RestanteJson.Default.NotificationDevicePage);
        NotificationDevicePage rest = await head.GetAsync(
            $"/v1/notifications/{all.Id}/devices?after={devices.Next}", RestanteJson.Default.NotificationDevicePage);
        Assert.Equal([("bus", "rejected", "no wipers"), ("tram", "accepted", null)],
            devices.Items.Concat(rest.Items).Select(d => (d.Device, d.Outcome, d.Reason)).Order());
        NotificationPage page = await head.GetAsync("/v1/notifications?max=2", RestanteJson.Default.NotificationPage);
        Assert.Equal([all.Id, buses.Id], page.Items.Select(n => n.Id));
        page = await head.GetAsync($"/v1/notifications?after={page.Next}", RestanteJson.Default.NotificationPage);
        Assert.Equal(nobody.Id, Assert.Single(page.Items).Id);

        using HttpResponseMessage recalled = await head.SendAsync("DELETE", "/v1/notifications/" + nobody.Id);
        Assert.Equal("recalled", (await TestHead.ReadAsync(recalled, RestanteJson.Default.NotificationView, HttpStatusCode.OK)).State);
        using HttpResponseMessage again = await head.SendAsync("DELETE", "/v1/notifications/" + nobody.Id);
        await TestHead.RefusedAsync(again, 409, "conflict");
    }

    [Theory]
    [InlineData("""{"body":"x"}""", 400, "malformed", "audience")]
    [InlineData("""{"audience":"id = 'x'","group":"g"}""", 400, "malformed", "not both")]
    [InlineData("""{"audience":"id = "}""", 400, "malformed", "character")]
    [InlineData("""{"group":"a b"}""", 400, "malformed", "group")]
    [InlineData("""{"group":"g","expiresAt":"2026-11-22T11:00:00Z"}""", 410, "expired", "expired")]
    [InlineData("""{"group":"g","notBefore":"2026-11-22T13:00:00Z"}""", 400, "malformed", "$.notBefore")]
    public async Task A_notification_that_breaks_a_rule_is_refused(string json, int status, string kind, string detail)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/notifications", json);
        Assert.Contains(detail, (await TestHead.RefusedAsync(response, status, kind)).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v1/notifications/9")]
    [InlineData("GET", "/v1/notifications/x")]
    [InlineData("DELETE", "/v1/notifications/9")]
    [InlineData("GET", "/v1/notifications/9/devices")]
    public async Task What_there_is_not_is_not_found(string method, string path)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync(method, path);
        await TestHead.RefusedAsync(response, 404, "not-found");
    }

    private static async Task<DeviceClient> CreateAsync(TestHead head, string json, string id)
    {
        using HttpResponseMessage created = await head.SendAsync("POST", "/v1/devices", json);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        return DeviceClient.Of(head, (await head.Gateway.Devices.FindAsync(id)).Value!);
    }

    private static async Task<NotificationReceipt> NotifyAsync(TestHead head, string json, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/notifications", json);
        NotificationReceipt receipt = await TestHead.ReadAsync(response, RestanteJson.Default.NotificationReceipt, expected);
        Assert.Equal("/v1/notifications/" + receipt.Id, response.Headers.Location!.OriginalString);
        return receipt;
    }
}
