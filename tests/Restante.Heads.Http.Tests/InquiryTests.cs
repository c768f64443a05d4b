using System.Net;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class InquiryTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_inquiry_waits_for_a_handler_and_its_answers_come_by_mailbox()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        using HttpResponseMessage asked = await device.SendAsync("POST", "/v1/inquiries/weather?id=q1&until=2026-11-22T12:05:00Z", "Oslo?");
        InquiryReceipt receipt = await TestHead.ReadAsync(asked, RestanteJson.Default.InquiryReceipt, HttpStatusCode.Accepted);
        Assert.Equal(("q1", "weather", false, null), (receipt.Id, receipt.Subject, receipt.IsDuplicate, receipt.Outcome));
        Assert.Equal(head.Time.GetUtcNow().AddMinutes(5), receipt.Deadline);

        InquiryView inquiry = Assert.Single(await TakeAsync(head));
        Assert.Equal(("d", "q1", "weather", "Oslo?", 1), (
            inquiry.Device, inquiry.InquiryId, inquiry.InquirySubject, inquiry.Body!.Value.GetString(), inquiry.DeliveryCount));
        Assert.Empty(await TakeAsync(head));
        await AnswerAsync(head, inquiry.Id, """{"body":{"sun":true}}""", "?number=1", HttpStatusCode.Created);
        await AnswerAsync(head, inquiry.Id, """{"body":{"sun":true}}""", "?number=1", HttpStatusCode.OK);
        await AnswerAsync(head, inquiry.Id, """{"body":"rain"}""", "?final", HttpStatusCode.Created);

        IReadOnlyList<DeliveredMessage> mail = await device.TakeAsync();
        Assert.Equal([("answer", "q1", "1", "false"), ("answer", "q1", "2", "true")],
            mail.Select(m => (m.Kind, m.CorrelationId, m.Properties!["number"], m.Properties["final"])));
        Assert.True(mail[0].Body!.Value.GetProperty("sun").GetBoolean());

        using HttpResponseMessage again = await device.SendAsync("POST", "/v1/inquiries/weather?id=q1", "Oslo?");
        receipt = await TestHead.ReadAsync(again, RestanteJson.Default.InquiryReceipt, HttpStatusCode.Accepted);
        Assert.Equal((true, "answered", 2), (receipt.IsDuplicate, receipt.Outcome, receipt.Answers));
    }

    [Fact]
    public async Task An_answer_within_the_wait_comes_in_the_response_and_not_to_other_polls()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<IReadOnlyList<DeliveredMessage>> poll = device.TakeAsync("?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        Task<HttpResponseMessage> asking = device.SendAsync("POST", "/v1/inquiries/weather?wait=20&id=q1", "Oslo?");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(20));
        InquiryView inquiry = Assert.Single(await TakeAsync(head));
        await AnswerAsync(head, inquiry.Id, """{"body":"sun"}""", "?final", HttpStatusCode.Created);

        using HttpResponseMessage response = await asking;
        DeliveredMessage answer = await TestHead.ReadAsync(response, RestanteJson.Default.DeliveredMessage, HttpStatusCode.OK);
        Assert.Equal(("sun", "q1"), (answer.Body!.Value.GetString(), answer.CorrelationId));
        Assert.False(poll.IsCompleted);
        await device.DoAsync("DELETE", "/v1/mailbox/" + answer.Lease);
        head.Time.Advance(s_minute);
        Assert.Empty(await poll);
        Assert.Equal(0, (await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView)).Mailbox.Depth);
    }

    [Fact]
    public async Task An_answer_that_is_accepted_with_the_response_leaves_the_mailbox()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<HttpResponseMessage> asking = device.SendAsync("POST", "/v1/inquiries/weather?wait=20&accept", "Oslo?");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(20));
        await AnswerAsync(head, Assert.Single(await TakeAsync(head)).Id, """{"body":"sun"}""", "?final", HttpStatusCode.Created);
        using HttpResponseMessage response = await asking;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, (await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView)).Mailbox.Depth);
    }

    [Fact]
    public async Task An_answer_after_the_wait_comes_by_mailbox_to_whoever_polls()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<IReadOnlyList<DeliveredMessage>> poll = device.TakeAsync("?wait=60");
        await head.Time.WhenWaitingAsync(s_minute);
        Task<HttpResponseMessage> asking = device.SendAsync("POST", "/v1/inquiries/weather?wait=20", "Oslo?");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(20));
        head.Time.Advance(TimeSpan.FromSeconds(20));
        using HttpResponseMessage late = await asking;
        Assert.Equal(HttpStatusCode.Accepted, late.StatusCode);
        await AnswerAsync(head, Assert.Single(await TakeAsync(head)).Id, """{"body":"sun"}""", "?final", HttpStatusCode.Created);
        Assert.Equal("sun", Assert.Single(await poll).Body!.Value.GetString());
    }

    [Fact]
    public async Task What_is_asked_is_checked_and_limited()
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { MaxOpenInquiriesPerDevice = 1 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await device.RefusedAsync(400, "malformed", "POST", "/v1/inquiries/a%20b", "x");
        await device.RefusedAsync(400, "malformed", "POST", "/v1/inquiries/a?id=%2F", "x");
        await device.RefusedAsync(400, "malformed", "POST", "/v1/inquiries/a?until=soon", "x");
        await device.RefusedAsync(410, "expired", "POST", "/v1/inquiries/a?until=2026-11-22T11:00:00Z", "x");
        await device.RefusedAsync(404, "not-found", "POST", "/v1/inquiries/a?only-if-handled", "x");
        using HttpResponseMessage open = await device.SendAsync("POST", "/v1/inquiries/a?id=1", "x");
        await device.RefusedAsync(429, "throttled", "POST", "/v1/inquiries/a?id=2", "x");
        await TakeAsync(head, "b"); // Who has polled is a handler for a while.
        await device.DoAsync("DELETE", "/v1/inquiries/1");
        using HttpResponseMessage handled = await device.SendAsync("POST", "/v1/inquiries/b?only-if-handled", "x");
        Assert.Equal(HttpStatusCode.Accepted, handled.StatusCode);
    }

    [Fact]
    public async Task Handlers_settle_and_learn_what_ended_without_them()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient handler = await head.NewServiceAsync(Rights.InquiryAnswer, "weatherman");
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        foreach (string id in (string[])["a", "b", "c"])
            (await device.SendAsync("POST", "/v1/inquiries/weather?id=" + id, "?")).Dispose();
        IReadOnlyList<InquiryView> taken = await TakeAsync(head, "weather", handler);
        Assert.Equal(["a", "b", "c"], taken.Select(t => t.InquiryId));

        await SettleAsync(head, taken[0].Lease, "accept", handler);
        await SettleAsync(head, taken[1].Lease, "reject", handler, """{"reason":"no sky"}""");
        await SettleAsync(head, taken[2].Lease, "renew", handler);
        await SettleAsync(head, taken[2].Lease, "release", handler);
        using HttpResponseMessage stale = await head.SendAsync("POST", $"/v1/inquiries/{taken[2].Lease}/renew", null, handler);
        await TestHead.RefusedAsync(stale, 410, "expired");
        using HttpResponseMessage odd = await head.SendAsync("POST", "/v1/inquiries/x/accept", null, handler);
        await TestHead.RefusedAsync(odd, 410, "expired");
        DeliveredMessage told = Assert.Single(await device.TakeAsync());
        Assert.Equal(("b", "no sky", "true"), (told.CorrelationId, told.Properties!["error"], told.Properties["final"]));
        using HttpResponseMessage foreign = await head.SendAsync("POST", $"/v1/inquiries/{taken[0].Id}/answers", """{"body":"x"}""");
        await TestHead.RefusedAsync(foreign, 403, "forbidden");

        Task<HttpResponseMessage> ending = head.SendAsync("GET", "/v1/inquiries/weather/ended?wait=60", null, handler);
        await head.Time.WhenWaitingAsync(s_minute);
        await device.DoAsync("DELETE", "/v1/inquiries/a");
        using HttpResponseMessage ended = await ending;
        EndedInquiryPage page = await TestHead.ReadAsync(ended, RestanteJson.Default.EndedInquiryPage, HttpStatusCode.OK);
        EndedInquiryView end = Assert.Single(page.Items);
        Assert.Equal(("a", "cancelled", "weatherman", end.Number), (end.InquiryId, end.Outcome, end.Handler, page.Next));
        using HttpResponseMessage late = await head.SendAsync("POST", $"/v1/inquiries/{taken[0].Id}/answers", """{"body":"x"}""", handler);
        Assert.Contains("cancelled", (await TestHead.RefusedAsync(late, 409, "conflict")).Detail, StringComparison.Ordinal);
        await device.DoAsync("DELETE", "/v1/inquiries/a");
        await device.RefusedAsync(409, "conflict", "DELETE", "/v1/inquiries/b");
        await device.RefusedAsync(404, "not-found", "DELETE", "/v1/inquiries/z");
    }

    [Fact]
    public async Task A_handler_that_waits_is_handed_what_comes_and_ends_with_its_policy()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient handler = await head.NewServiceAsync(Rights.InquiryAnswer, "weatherman");
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        Task<HttpResponseMessage> taking = head.SendAsync("GET", "/v1/inquiries/weather?wait=60", null, handler);
        await head.Time.WhenWaitingAsync(s_minute);
        (await device.SendAsync("POST", "/v1/inquiries/weather?only-if-handled", "?")).Dispose();
        using HttpResponseMessage taken = await taking;
        Assert.Single((await TestHead.ReadAsync(taken, RestanteJson.Default.InquiryPage, HttpStatusCode.OK)).Items);

        taking = head.SendAsync("GET", "/v1/inquiries/weather?wait=60", null, handler);
        await head.Time.WhenWaitingAsync(s_minute);
        (await head.SendAsync("DELETE", "/v1/policies/weatherman")).Dispose();
        using HttpResponseMessage ended = await taking;
        await TestHead.RefusedAsync(ended, 401, "unauthorized");
    }

    private static async Task<IReadOnlyList<InquiryView>> TakeAsync(TestHead head, string subject = "weather", HttpClient? client = null)
    {
        using HttpResponseMessage response = await head.SendAsync("GET", "/v1/inquiries/" + subject, null, client);
        return (await TestHead.ReadAsync(response, RestanteJson.Default.InquiryPage, HttpStatusCode.OK)).Items;
    }

    private static async Task AnswerAsync(TestHead head, string inquiry, string json, string query, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await head.SendAsync("POST", $"/v1/inquiries/{inquiry}/answers{query}", json);
        AnswerReceipt receipt = await TestHead.ReadAsync(response, RestanteJson.Default.AnswerReceipt, expected);
        Assert.Equal((inquiry, expected == HttpStatusCode.OK), (receipt.Inquiry, receipt.IsDuplicate));
    }

    private static async Task SettleAsync(TestHead head, string lease, string word, HttpClient client, string? body = null)
    {
        using HttpResponseMessage response = await head.SendAsync("POST", $"/v1/inquiries/{lease}/{word}", body, client);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }
}
