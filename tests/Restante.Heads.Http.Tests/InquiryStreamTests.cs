using System.Net;
using System.Text.Json;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class InquiryStreamTests
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Inquiries_come_as_they_are_asked_and_are_answered_by_requests_of_their_own()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await AskAsync(device, "q1");
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/inquiries/weather/stream", "1-1");
        InquiryView first = await NextAsync(stream);
        Assert.Equal(("d", "q1", "weather", 1), (first.Device, first.InquiryId, first.InquirySubject, first.DeliveryCount));
        await head.Time.WhenWaitingAsync(s_heartbeat);
        await AskAsync(device, "q2", "&only-if-handled");
        InquiryView second = await NextAsync(stream);
        Assert.Equal("q2", second.InquiryId);

        foreach (InquiryView inquiry in (InquiryView[])[first, second])
            await AnswerAsync(head, inquiry);
        Assert.Equal(["q1", "q2"], (await device.TakeAsync()).Select(m => m.CorrelationId));
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("accept")]
    [InlineData("reject")]
    public async Task No_more_are_in_hand_than_wanted_and_what_is_dealt_with_makes_room(string deal)
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        foreach (string id in (string[])["q1", "q2", "q3"])
            await AskAsync(device, id);
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/inquiries/weather/stream?max=2");
        InquiryView first = await NextAsync(stream);
        Assert.Equal("q2", (await NextAsync(stream)).InquiryId);
        await head.Time.WhenWaitingAsync(s_heartbeat);
        head.Time.Advance(s_heartbeat);
        Assert.Equal(": alive", (await stream.NextAsync())!.Value.Data);
        if (deal == "answer")
            await AnswerAsync(head, first);
        else
            await SettleAsync(head, first, deal);
        Assert.Equal("q3", (await NextAsync(stream)).InquiryId);
    }

    [Fact]
    public async Task A_lease_that_lapses_makes_room_and_the_inquiry_comes_again()
    {
        await using TestHead head = await TestHead.StartAsync(limits: new GatewayLimits { LeaseDurationMs = 20_000 });
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await AskAsync(device, "q1");
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/inquiries/weather/stream?max=1");
        InquiryView first = await NextAsync(stream);
        await head.Time.WhenWaitingAsync(s_heartbeat);
        await SettleAsync(head, first, "renew");
        head.Time.Advance(TimeSpan.FromSeconds(20));
        await head.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(": alive", (await stream.NextAsync())!.Value.Data);
        InquiryView again = await NextAsync(stream);
        Assert.Equal(("q1", 2), (again.InquiryId, again.DeliveryCount));
        using HttpResponseMessage late = await head.SendAsync("POST", $"/v1/inquiries/{first.Lease}/accept");
        await TestHead.RefusedAsync(late, 410, "expired");
        await AnswerAsync(head, again);
    }

    [Fact]
    public async Task What_was_handed_out_can_be_answered_after_the_stream_has_broken_and_no_other_handler_gets_it_before_its_lease_lapses()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        await AskAsync(device, "q1");
        EventReader stream = await EventReader.OpenAsync(head, "/v1/inquiries/weather/stream");
        InquiryView first = await NextAsync(stream);
        stream.Dispose();
        using (HttpResponseMessage poll = await head.SendAsync("GET", "/v1/inquiries/weather"))
            Assert.Empty((await TestHead.ReadAsync(poll, RestanteJson.Default.InquiryPage, HttpStatusCode.OK)).Items);
        await AskAsync(device, "q2", "&only-if-handled"); // The reader counts as a handler for a while yet.
        await AnswerAsync(head, first);
    }

    [Fact]
    public async Task It_ends_with_its_policy_and_is_refused_what_a_poll_is()
    {
        await using TestHead head = await TestHead.StartAsync(
            limits: new GatewayLimits { MaxHandledSubjects = 2, HandledSubjectSharePercent = 50 });
        using HttpClient handler = await head.NewServiceAsync(Rights.InquiryAnswer, "weatherman");
        using EventReader stream = await EventReader.OpenAsync(head, "/v1/inquiries/weather/stream", null, handler);
        using HttpResponseMessage beyond = await head.SendAsync("GET", "/v1/inquiries/traffic/stream", null, handler);
        await TestHead.RefusedAsync(beyond, 429, "throttled");
        using HttpResponseMessage odd = await head.SendAsync("GET", "/v1/inquiries/a%20b/stream");
        await TestHead.RefusedAsync(odd, 400, "malformed");
        (await head.SendAsync("DELETE", "/v1/policies/weatherman")).Dispose();
        Assert.Equal(("end", null, """{"reason":"policy-removed"}"""), (await stream.NextAsync())!.Value);
        Assert.Null(await stream.NextAsync());
    }

    private static async Task AskAsync(DeviceClient device, string id, string query = "")
    {
        using HttpResponseMessage asked = await device.SendAsync("POST", $"/v1/inquiries/weather?id={id}{query}", "?");
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
    }

    private static async Task<InquiryView> NextAsync(EventReader stream)
    {
        (string name, string? id, string data) = (await stream.NextAsync())!.Value;
        Assert.Equal("inquiry", name);
        InquiryView inquiry = JsonSerializer.Deserialize(data, RestanteJson.Default.InquiryView)!;
        Assert.Equal(id, inquiry.Lease);
        return inquiry;
    }

    private static async Task AnswerAsync(TestHead head, InquiryView inquiry)
    {
        using HttpResponseMessage answered = await head.SendAsync(
            "POST", $"/v1/inquiries/{inquiry.Id}/answers?final", """{"body":"sun"}""");
        Assert.Equal(HttpStatusCode.Created, answered.StatusCode);
    }

    private static async Task SettleAsync(TestHead head, InquiryView inquiry, string word)
    {
        using HttpResponseMessage settled = await head.SendAsync("POST", $"/v1/inquiries/{inquiry.Lease}/{word}");
        Assert.Equal(HttpStatusCode.NoContent, settled.StatusCode);
    }
}
