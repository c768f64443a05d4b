using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Devices ask, and services answer.</summary>
public sealed class InquiryTests
{
    [Fact]
    public async Task A_question_reaches_a_handler_and_its_answers_the_devices_mailbox()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line asking = await device.SenderAsync("inquiries/traffic");
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Assert.Same(Accepted.Instance, await asking.SendAsync(Of("ahead?", "q-1")));

        Peer service = await house.ServiceAsync(Rights.InquiryAnswer);
        Line handling = await service.ReceiverAsync("inquiries/traffic", 10);
        Mail question = await handling.MailAsync();
        Assert.Equal(
            ("ahead?", "q-1", "1", "answers", "truck", "inquiry"),
            (question.Body, question.Message.Properties!.MessageId, question.Message.Properties.CorrelationId, question.Message.Properties.ReplyTo,
                question.Annotation("x-opt-restante-device"), question.Annotation("x-opt-restante-kind")));
        await handling.AcceptAsync(question);
        Line answers = await service.SenderAsync("answers");
        Assert.Same(Accepted.Instance, await answers.SendAsync(Answer("slow", "1")));
        Assert.Same(Accepted.Instance, await answers.SendAsync(Answer("clear", 1UL, ("final", true))));
        List<Mail> mail = await mailbox.MailAsync(2);
        Assert.Equal(["slow", "clear"], mail.Select(m => m.Body));
        Assert.All(mail, m => Assert.Equal(("q-1", "answer"), (m.Message.Properties!.CorrelationId, m.Annotation("x-opt-restante-kind"))));
        Assert.Equal([(1L, false), (2L, true)], mail.Select(m => ((long)m.Property("number")!, (bool)m.Property("final")!)));
        Rejected late = Assert.IsType<Rejected>(await answers.SendAsync(Answer("late", "1")));
        Assert.Equal("amqp:resource-locked", late.Error!.Condition.Value);
    }

    [Fact]
    public async Task A_question_and_an_answer_are_the_senders_bytes_again_when_the_call_returns()
    {
        await using var house = new House();
        DeviceRecord record = await house.DeviceAsync();
        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 10);
        var device = new DevicePrincipal(record.Id, record.Number, CredentialSlot.Primary, long.MaxValue);
        var service = new ServicePrincipal("scoped", Rights.InquiryAnswer, CredentialSlot.Primary, long.MaxValue)
        {
            Scope = PolicyScope.Create("id = 'truck'").Value,
        };
        InquiryHub inquiries = house.Gateway.Inquiries;
        using InquiryHandler handler = inquiries.Attach(service, "traffic").Value!;
        byte[] question = new MessageContent { Body = "ahead?"u8.ToArray() }.Encode();
        Hooks.Gate looking = house.Hooks.Hold("find-device");
        Task<Result<AskedInquiry>> asking = inquiries.AskAsync(device, "traffic", "q-1", question, null, onlyIfHandled: true).AsTask();
        await looking.Reached;
        Array.Clear(question);
        looking.Open();
        Assert.True((await asking).IsSuccess);
        TakenInquiry taken = Assert.Single((await handler.TakeAsync(1, int.MaxValue)).Value!);
        Assert.Equal("ahead?"u8.ToArray(), MessageContent.Decode(taken.Content).Body.ToArray());

        byte[] answer = new MessageContent { Body = "slow"u8.ToArray() }.Encode();
        looking = house.Hooks.Hold("find-device");
        Task<Result<StoredAnswer>> answering = inquiries.AnswerAsync(service, taken.Number, answer, isFinal: true).AsTask();
        await looking.Reached;
        Array.Clear(answer);
        looking.Open();
        Assert.True((await answering).IsSuccess);
        Assert.Equal("slow", (await mailbox.MailAsync()).Body);
    }

    [Fact]
    public async Task A_device_asks_the_gateway_itself_and_a_handler_cannot()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Assert.Same(Accepted.Instance, await (await device.SenderAsync("inquiries/$retire")).SendAsync(Of("", "r-1")));
        Mail answer = await mailbox.MailAsync();
        Assert.Equal(("r-1", true), (answer.Message.Properties!.CorrelationId, (bool)answer.Property("final")!));
        Assert.Contains("\"secondary\":\"none\"", answer.Body, StringComparison.Ordinal);
        Rejected refused = Assert.IsType<Rejected>(await (await device.SenderAsync("inquiries/$key")).SendAsync(Of("no key", "k-1")));
        Assert.Equal("amqp:invalid-field", refused.Error!.Condition.Value);
        Assert.Equal("amqp:not-found", (await device.RefusedAsync("inquiries/$other", sends: true)).Condition);
        Peer service = await house.ServiceAsync(Rights.Admin);
        foreach (string subject in new[] { "$retire", "$key", "$certificate" })
        {
            Assert.Equal("amqp:not-found", (await service.RefusedAsync($"inquiries/{subject}", sends: false)).Condition);
            Assert.Equal("amqp:not-found", (await service.RefusedAsync($"inquiries/{subject}/ended", sends: false)).Condition);
        }
    }

    [Fact]
    public async Task What_a_handler_gives_back_or_leaves_goes_to_another_and_what_it_rejects_ends()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line asking = await device.SenderAsync("inquiries/traffic");
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        foreach (string id in new[] { "given-back", "left", "rejected" })
            Assert.Same(Accepted.Instance, await asking.SendAsync(Of(id, id)));
        Peer one = await house.ServiceAsync(Rights.InquiryAnswer), two = await house.ServiceAsync(Rights.InquiryAnswer);
        Line first = await one.ReceiverAsync("inquiries/traffic", 3);
        List<Mail> held = await first.MailAsync(3);
        await first.SettleAsync(held[2], new Rejected(new AmqpError("my:error", "No data.")));
        Mail answer = await mailbox.MailAsync();
        Assert.Equal(("rejected", "No data.", true), (answer.Message.Properties!.CorrelationId, answer.Property("error"), answer.Property("final")));
        Line second = await two.ReceiverAsync("inquiries/traffic", 10);
        await first.SettleAsync(held[0], Released.Instance);
        Mail again = await second.MailAsync();
        Assert.Equal(("given-back", 1u), (again.Body, again.Message.Header!.Value.DeliveryCount));
        await one.BreakAsync();
        Assert.Equal("left", (await second.MailAsync()).Body);
    }

    [Fact]
    public async Task A_deadline_bounds_a_question_and_a_device_may_take_it_back_and_handlers_are_told()
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        Peer device = await house.ConnectAsync();
        Line asking = await device.SenderAsync("inquiries/traffic");
        AmqpMessage byTtl = Of("ttl", "by-ttl");
        byTtl.Header = new MessageHeader { TtlMs = 5_000 };
        Assert.Same(Accepted.Instance, await asking.SendAsync(byTtl));
        Assert.Same(Accepted.Instance, await asking.SendAsync(Of("until", "by-until", ("until", new AmqpTimestamp(house.NowMs + 6_000)))));
        Assert.Same(Accepted.Instance, await asking.SendAsync(Of("stays", "cancelled")));
        Assert.Same(Accepted.Instance, await asking.SendAsync(Of("", "any-other-id", "cancelled", ("cancel", true))));
        Assert.Equal("amqp:not-found", Condition(await asking.SendAsync(Of("", "unknown", ("cancel", true)))));
        Assert.Equal("amqp:decode-error", Condition(await asking.SendAsync(Of("", null))));
        Assert.Equal("amqp:precondition-failed", Condition(await asking.SendAsync(Of("", "late", ("until", 1_000)))));
        time.Advance(TimeSpan.FromSeconds(7));
        await house.SweepAsync();

        Line ended = await (await house.ServiceAsync(Rights.InquiryAnswer)).ReceiverAsync("inquiries/traffic/ended", 10);
        List<Mail> ends = await ended.MailAsync(3);
        Assert.Equal(
            [("cancelled", "cancelled"), ("by-ttl", "expired"), ("by-until", "expired")],
            ends.Select(m => ((string)m.Property("inquiry-id")!, m.Message.Properties!.Subject!)));
        Assert.Equal("3", ends[0].Message.Properties!.CorrelationId);
        await ended.AcceptAsync(ends[0]);
        await ended.NothingAsync();
    }

    [Fact]
    public async Task A_question_that_wants_a_handler_now_is_refused_without_one()
    {
        await using var house = new House();
        Line asking = await (await house.ConnectAsync()).SenderAsync("inquiries/traffic");
        Assert.Equal("amqp:not-found", Condition(await asking.SendAsync(Of("now?", "q-1", ("only-if-handled", true)))));
        Peer service = await house.ServiceAsync(Rights.InquiryAnswer);
        Line handling = await service.ReceiverAsync("inquiries/traffic");
        Assert.Same(Accepted.Instance, await asking.SendAsync(Of("now?", "q-2", ("only-if-handled", true))));
        await handling.DetachAsync();
        await handling.NextAsync<Detached>();
        Assert.Equal("amqp:not-found", Condition(await asking.SendAsync(Of("now?", "q-3", ("only-if-handled", true)))));
    }

    [Fact]
    public async Task Only_who_was_handed_a_question_may_answer_it()
    {
        await using var house = new House();
        Line asking = await (await house.ConnectAsync()).SenderAsync("inquiries/traffic");
        Assert.Same(Accepted.Instance, await asking.SendAsync(Of("?", "q-1")));
        Line answers = await (await house.ServiceAsync(Rights.InquiryAnswer)).SenderAsync("answers");
        Assert.Equal("amqp:unauthorized-access", Condition(await answers.SendAsync(Answer("guess", "1"))));
        Assert.Equal("amqp:not-found", Condition(await answers.SendAsync(Answer("guess", "99"))));
        Assert.Equal("amqp:decode-error", Condition(await answers.SendAsync(Answer("guess", "q-1"))));
    }

    private static AmqpMessage Answer(string body, object inquiry, params (string Name, object Value)[] properties) =>
        Of(body, null, inquiry, properties);

    private static AmqpMessage Of(string body, object? id, params (string Name, object Value)[] properties) => Of(body, id, null, properties);

    private static AmqpMessage Of(string body, object? id, object? correlation, params (string Name, object Value)[] properties)
    {
        AmqpMessage message = AmqpMessage.FromData(System.Text.Encoding.UTF8.GetBytes(body));
        message.Properties = new MessageProperties { MessageId = id, CorrelationId = correlation };
        message.ApplicationProperties = [];
        foreach ((string name, object value) in properties)
            message.ApplicationProperties.Add(name, value);
        return message;
    }

    private static string Condition(DeliveryState? state) => Assert.IsType<Rejected>(state).Error!.Condition.Value;
}
