using System.Text;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IInquiryStore"/>.</summary>
public abstract partial class InquiryStoreConformance : StoreConformance
{
    private static readonly InquiryRules s_rules = new()
    {
        MaxOpenPerDevice = 3,
        MaxWaitingPerSubject = 4,
        MaxAnswers = 3,
        MaxDeliveries = 2,
        RetentionMs = 1_000,
        MaxEndedPerDevice = 2,
        MaxEndedSubjects = 2,
        MaxEndedReaders = 2,
        AnswerLifeMs = 5_000,
    };

    private IInquiryStore Inquiries => Store.Inquiries;

    [Fact]
    public async Task A_question_is_handed_to_a_handler_of_its_subject()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1", fill: 7);
        Assert.Empty(await TakeAsync("other"));
        TakenInquiry taken = Assert.Single(await TakeAsync("traffic"));
        Assert.Equal(
            (new InquiryLease(number, 1), device.Id, "q-1", "traffic", Now, Now + 500, Now + 100, 0),
            (taken.Lease, taken.Device, taken.Id, taken.Subject, taken.AskedAtMs, taken.DeadlineMs, taken.LeasedUntilMs, taken.Answers));
        Assert.Equal("7777777777", Encoding.ASCII.GetString(ContentReader.BodyOf(taken.Content.Span)));
        Assert.Empty(await TakeAsync("traffic"));
        InquiryRecord? record = await Inquiries.FindAsync(number);
        Assert.Equal((1, "alpha", 0, null), (record!.DeliveryCount, record.Handler, record.Answers, record.Outcome));
        Assert.Equal(record, await Inquiries.FindAsync(device.Number, "q-1"));
    }

    [Fact]
    public async Task The_same_id_is_the_same_inquiry_while_it_is_kept()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        AskResult again = await TryAskAsync(device, "q-1", "other");
        Assert.Equal((AskStatus.Duplicate, number, "traffic"), (again.Status, again.Inquiry!.Number, again.Inquiry.Subject));
        Assert.Single(await TakeAsync("traffic", max: 10));
        await Inquiries.CancelAsync(device.Number, "q-1", Now);
        again = await TryAskAsync(device, "q-1");
        Assert.Equal((AskStatus.Duplicate, InquiryOutcome.Cancelled), (again.Status, again.Inquiry!.Outcome));
        Now += s_rules.RetentionMs;
        await SweepInquiriesAsync();
        Assert.NotEqual(number, await AskAsync(device, "q-1"));
        DeviceRecord other = await DeviceAsync("other");
        Assert.Equal(AskStatus.Asked, (await TryAskAsync(other, "q-1")).Status);
    }

    [Fact]
    public async Task A_handler_with_an_audience_is_handed_what_the_devices_of_it_ask_as_they_are_now()
    {
        DeviceRecord oslo = await DeviceAsync("oslo"), bergen = await DeviceAsync("bergen");
        await Registry.UpdateDeviceAsync(oslo.Id, new DeviceUpdate { Tags = """{"city":"Oslo"}""", Groups = ["buses"] }, Now);
        InquiryNumber first = await AskAsync(bergen, "q-1");
        InquiryNumber second = await AskAsync(oslo, "q-1");
        InquiryNumber third = await AskAsync(oslo, "q-2");
        AudienceQuery audience = AudienceQuery.Parse("tags.city = 'Oslo' and groups has 'buses'").Value!;
        Assert.Equal([second], await TakeOfAsync(1));
        Assert.Equal([third], await TakeOfAsync(10));
        Assert.Empty(await TakeOfAsync(10));
        await Registry.UpdateDeviceAsync(bergen.Id, new DeviceUpdate { Tags = """{"city":"Oslo"}""", Groups = ["buses"] }, Now);
        Assert.Equal([first], await TakeOfAsync(10));

        async Task<InquiryNumber[]> TakeOfAsync(int max)
        {
            var request = new InquiryRequest("traffic", "alpha", max, int.MaxValue, Now, 100) { Audience = audience };
            return [.. (await Inquiries.TakeAsync(request)).Select(t => t.Number)];
        }
    }

    [Fact]
    public async Task Questions_wait_first_in_first_out_for_competing_handlers()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        InquiryNumber first = await AskAsync(device, "q-1");
        InquiryNumber second = await AskAsync(other, "q-1");
        InquiryNumber third = await AskAsync(device, "q-2");
        TakenInquiry taken = Assert.Single(await TakeAsync("traffic", "alpha", max: 1));
        Assert.Equal(first, taken.Number);
        Assert.Equal([second], (await TakeAsync("traffic", "beta", max: 1)).Select(t => t.Number));
        await SettleAsync(taken, SettleVerb.Release);
        Assert.Equal([first, third], (await TakeAsync("traffic", "beta", max: 10)).Select(t => t.Number));
    }

    [Fact]
    public async Task A_handler_takes_no_more_bytes_than_it_wants_but_always_one()
    {
        DeviceRecord device = await DeviceAsync();
        await AskAsync(device, "q-1");
        await AskAsync(device, "q-2");
        Assert.Single(await TakeAsync("traffic", maxBytes: 1));
    }

    [Fact]
    public async Task Open_questions_of_a_device_and_waiting_ones_of_a_subject_are_bounded()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        await AskAsync(device, "q-1");
        await AskAsync(device, "q-2");
        await AskAsync(device, "q-3");
        Assert.Equal(AskStatus.TooManyOpen, (await TryAskAsync(device, "q-4", "lights")).Status);
        await AskAsync(other, "q-1");
        Assert.Equal(AskStatus.SubjectFull, (await TryAskAsync(other, "q-2")).Status);
        Assert.Equal(AskStatus.Asked, (await TryAskAsync(other, "q-2", "lights")).Status);
        TakenInquiry taken = Assert.Single(await TakeAsync("traffic", max: 1));
        Assert.Equal(AskStatus.Asked, (await TryAskAsync(other, "q-3")).Status);
        await AnswerAsync(taken.Number, final: true);
        Assert.Equal(AskStatus.SubjectFull, (await TryAskAsync(device, "q-4")).Status);
        Assert.Equal(AskStatus.Asked, (await TryAskAsync(device, "q-4", "lights")).Status);
        await Inquiries.CancelAsync(device.Number, "q-2", Now);
        Assert.Equal(AskStatus.Asked, (await TryAskAsync(device, "q-5")).Status);
        Assert.Equal(AskStatus.DeviceNotFound, (await TryAskAsync(device with { Number = new DeviceNumber(1_000) }, "q-1")).Status);
    }

    [Fact]
    public async Task What_is_kept_of_ended_questions_of_a_device_is_bounded()
    {
        DeviceRecord device = await DeviceAsync();
        for (int i = 1; i <= 4; i++)
        {
            await AskAsync(device, $"q-{i}");
            await Inquiries.CancelAsync(device.Number, $"q-{i}", Now);
        }

        await AskAsync(device, "q-5");
        Assert.Null(await Inquiries.FindAsync(device.Number, "q-2"));
        Assert.NotNull(await Inquiries.FindAsync(device.Number, "q-3"));
        Assert.NotNull(await Inquiries.FindAsync(device.Number, "q-5"));
        Assert.Equal(["q-3", "q-4"], (await Inquiries.ReadEndedAsync("traffic", 0, 10)).Ended.Select(e => e.Id));
    }

    [Fact]
    public async Task A_lapsed_lease_goes_to_the_next_handler()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        TakenInquiry first = Assert.Single(await TakeAsync("traffic", "alpha"));
        Now += 99;
        Assert.Equal(0, (await SweepInquiriesAsync()).Lapsed);
        Now += 1;
        InquirySweep swept = await SweepInquiriesAsync();
        Assert.Equal((1, 0, 0), (swept.Lapsed, swept.Expired, swept.Undeliverable));
        Assert.Equal(["traffic"], swept.WaitingAgain);
        Assert.Equal(InquirySettleStatus.LeaseLapsed, (await SettleAsync(first, SettleVerb.Accept)).Status);
        TakenInquiry second = Assert.Single(await TakeAsync("traffic", "beta"));
        Assert.Equal(new InquiryLease(number, 2), second.Lease);
        Assert.Equal(InquirySettleStatus.LeaseLapsed, (await SettleAsync(second, SettleVerb.Accept, handler: "alpha")).Status);
        Assert.Equal(InquirySettleStatus.Done, (await SettleAsync(second, SettleVerb.Accept, handler: "beta")).Status);
    }

    [Fact]
    public async Task Renewing_holds_a_lease_longer_and_accepting_keeps_it()
    {
        DeviceRecord device = await DeviceAsync();
        await AskAsync(device, "q-1");
        TakenInquiry taken = Assert.Single(await TakeAsync("traffic"));
        Now += 90;
        Assert.Equal(new InquirySettleResult(InquirySettleStatus.Done, null, "traffic", null), await SettleAsync(taken, SettleVerb.Renew));
        Now += 90;
        Assert.Equal(0, (await SweepInquiriesAsync()).Lapsed);
        await SettleAsync(taken, SettleVerb.Accept);
        Now += 200;
        Assert.Equal(0, (await SweepInquiriesAsync()).Lapsed);
        Assert.Empty(await TakeAsync("traffic", "beta"));
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(taken.Number, final: true)).Status);
    }

    [Fact]
    public async Task What_was_handed_out_often_enough_ends_as_undeliverable_and_the_device_is_told()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        await SettleAsync(Assert.Single(await TakeAsync("traffic")), SettleVerb.Release);
        TakenInquiry last = Assert.Single(await TakeAsync("traffic", "beta"));
        InquirySettleResult released = await SettleAsync(last, SettleVerb.Release, handler: "beta");
        Assert.Equal(
            new InquirySettleResult(InquirySettleStatus.Done, InquiryOutcome.Undeliverable, "traffic", device.Number), released);
        await AssertErrorAsync(device, "q-1", number: 1, "It was handed out 2 times and nobody answered it.");
        Assert.Equal(InquiryOutcome.Undeliverable, (await Inquiries.FindAsync(number))!.Outcome);

        await AskAsync(device, "q-2");
        await SettleAsync(Assert.Single(await TakeAsync("traffic")), SettleVerb.Release);
        Assert.Single(await TakeAsync("traffic"));
        Now += 100;
        InquirySweep swept = await SweepInquiriesAsync();
        Assert.Equal((1, 1, 0), (swept.Lapsed, swept.Undeliverable, swept.Untold));
        Assert.Equal([device.Number], swept.DevicesWithMail);
        Assert.Equal(["traffic"], swept.Ended);
    }

    [Fact]
    public async Task Undeliverable_ends_without_room_in_the_mailbox_too()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync();
        await SettleAsync(Assert.Single(await TakeAsync("traffic")), SettleVerb.Release);
        Assert.Single(await TakeAsync("traffic"));
        Now += 100;
        InquirySweep swept = await SweepInquiriesAsync();
        Assert.Equal((1, 1, 1), (swept.Lapsed, swept.Undeliverable, swept.Untold));
        Assert.Empty(swept.DevicesWithMail);
        InquiryRecord? record = await Inquiries.FindAsync(number);
        Assert.Equal((InquiryOutcome.Undeliverable, 0), (record!.Outcome, record.Answers));
    }

    [Fact]
    public async Task A_rejection_ends_the_inquiry_with_an_answer_that_says_why()
    {
        DeviceRecord device = await DeviceAsync();
        await AskAsync(device, "q-1");
        TakenInquiry taken = Assert.Single(await TakeAsync("traffic"));
        await SettleAsync(taken, SettleVerb.Accept);
        await AnswerAsync(taken.Number);
        InquirySettleResult rejected = await SettleAsync(taken, SettleVerb.Reject, "No map of this town.");
        Assert.Equal(new InquirySettleResult(InquirySettleStatus.Done, InquiryOutcome.Rejected, "traffic", device.Number), rejected);
        await AssertErrorAsync(device, "q-1", number: 2, "No map of this town.");
        Assert.Equal("No map of this town.", (await Inquiries.FindAsync(taken.Number))!.Reason);
        Assert.Equal(InquirySettleStatus.LeaseLapsed, (await SettleAsync(taken, SettleVerb.Reject)).Status);
        Assert.Empty((await Inquiries.ReadEndedAsync("traffic", 0, 10)).Ended);
    }

    [Fact]
    public async Task A_rejection_needs_room_in_the_mailbox()
    {
        DeviceRecord device = await DeviceAsync();
        await AskAsync(device, "q-1");
        TakenInquiry taken = Assert.Single(await TakeAsync("traffic"));
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync();
        Assert.Equal(InquirySettleStatus.MailboxFull, (await SettleAsync(taken, SettleVerb.Reject)).Status);
        await Mailboxes.PurgeAsync(device.Number, "purge", Now);
        Assert.Equal(InquirySettleStatus.Done, (await SettleAsync(taken, SettleVerb.Reject)).Status);
        await AssertErrorAsync(device, "q-1", number: 1, "The inquiry was rejected.");
    }

    [Fact]
    public async Task After_a_restart_leases_are_gone_and_what_is_kept_is_kept()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        InquiryNumber leased = await AskAsync(device, "q-1");
        InquiryNumber kept = await AskAsync(device, "q-2");
        InquiryNumber waiting = await AskAsync(device, "q-3", fill: 9);
        IReadOnlyList<TakenInquiry> taken = await TakeAsync("traffic", max: 2);
        await SettleAsync(taken[1], SettleVerb.Accept);
        await RestartAsync();
        Assert.Equal(InquirySettleStatus.LeaseLapsed, (await SettleAsync(taken[0], SettleVerb.Accept)).Status);
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(kept, final: true)).Status);
        IReadOnlyList<TakenInquiry> again = await TakeAsync("traffic", "beta", max: 10);
        Assert.Equal([new InquiryLease(leased, 2), new InquiryLease(waiting, 1)], again.Select(t => t.Lease));
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(leased)).Status);
        Assert.Equal("9999999999", Encoding.ASCII.GetString(ContentReader.BodyOf(again[1].Content.Span)));
        Assert.Equal(AskStatus.Duplicate, (await TryAskAsync(device, "q-3")).Status);
    }

    private ValueTask<AskResult> TryAskAsync(DeviceRecord device, string id, string subject = "traffic", byte fill = 1) =>
        Inquiries.AskAsync(
            new NewInquiry { Device = device.Number, Id = id, Subject = subject, Content = Content(fill), DeadlineMs = Now + 500 },
            s_rules,
            Now);

    private async Task<InquiryNumber> AskAsync(DeviceRecord device, string id, string subject = "traffic", byte fill = 1)
    {
        AskResult result = await TryAskAsync(device, id, subject, fill);
        Assert.Equal(AskStatus.Asked, result.Status);
        return result.Inquiry!.Number;
    }

    private ValueTask<IReadOnlyList<TakenInquiry>> TakeAsync(
        string subject, string handler = "alpha", int max = 1, int maxBytes = int.MaxValue) =>
        Inquiries.TakeAsync(new InquiryRequest(subject, handler, max, maxBytes, Now, 100));

    private ValueTask<InquirySettleResult> SettleAsync(
        TakenInquiry taken, SettleVerb verb, string? reason = null, string handler = "alpha") =>
        Inquiries.SettleAsync(new InquirySettle(taken.Lease, handler, verb, reason, 100), s_rules, Now);

    private ValueTask<AnswerResult> AnswerAsync(
        InquiryNumber inquiry, string handler = "alpha", int number = 0, bool final = false, byte fill = 1) =>
        Inquiries.AnswerAsync(
            new NewAnswer { Inquiry = inquiry, Handler = handler, Number = number, IsFinal = final, Content = Content(fill) },
            s_rules,
            Now);

    private async Task<InquirySweep> SweepInquiriesAsync() => await Inquiries.SweepAsync(Now, 1_000, s_rules);

    private static byte[] Content(byte fill) =>
        new MessageContent { Body = Encoding.ASCII.GetBytes(new string((char)('0' + fill), 10)) }.Encode();

    private static string? Property(MessageContent content, string name) =>
        content.Properties.Where(p => p.Key == name).Select(p => p.Value).SingleOrDefault();

    /// <summary>The newest message in the mailbox.</summary>
    private async Task<BrowsedMessage> NewestAsync(DeviceRecord device) =>
        (await Mailboxes.BrowseAsync(device.Number, default, 100, Now))[^1];

    private async Task AssertErrorAsync(DeviceRecord device, string id, int number, string error)
    {
        BrowsedMessage message = await NewestAsync(device);
        MessageContent content = MessageContent.Decode(message.Content);
        Assert.Equal((MessageKind.Answer, id, 0), (message.Kind, content.CorrelationId, content.Body.Length));
        Assert.Equal(
            ($"{number}", "true", error), (Property(content, "number"), Property(content, "final"), Property(content, "error")));
    }
}
