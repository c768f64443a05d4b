using System.Text;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <content>Answering, and how inquiries end.</content>
public abstract partial class InquiryStoreConformance
{
    [Fact]
    public async Task An_answer_is_a_message_in_the_mailbox_of_who_asked()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        await TakeAsync("traffic");
        Now += 3;
        AnswerResult result = await AnswerAsync(number, final: true, fill: 5);
        Assert.Equal((AnswerStatus.Stored, 1, device.Number), (result.Status, result.Number, result.Device));
        Assert.Equal((InquiryOutcome.Answered, 1, Now), (result.Inquiry!.Outcome, result.Inquiry.Answers, result.Inquiry.EndedAtMs));
        BrowsedMessage message = await NewestAsync(device);
        Assert.Equal(
            (MessageKind.Answer, "alpha", Now, Now + 5_000),
            (message.Kind, message.Sender, message.EnqueuedAtMs, message.ExpiresAtMs));
        MessageContent content = MessageContent.Decode(message.Content);
        Assert.Equal(("q-1", "5555555555"), (content.CorrelationId, Encoding.ASCII.GetString(content.Body.Span)));
        Assert.Equal(("1", "true"), (Property(content, "number"), Property(content, "final")));
        SessionEpoch epoch = await OpenAsync(device);
        Assert.Equal([MessageKind.Command, MessageKind.Answer], (await LeaseAsync(device, epoch)).Select(m => m.Kind));
    }

    [Fact]
    public async Task Answers_are_a_numbered_stream_until_the_final_one()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        await TakeAsync("traffic");
        Assert.Equal(1, (await AnswerAsync(number)).Number);
        Assert.Equal(2, (await AnswerAsync(number, number: 2)).Number);
        AnswerResult again = await AnswerAsync(number, number: 1);
        Assert.Equal((AnswerStatus.Duplicate, 1, 2), (again.Status, again.Number, again.Inquiry!.Answers));
        Assert.Equal(AnswerStatus.Gap, (await AnswerAsync(number, number: 4)).Status);
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(number, number: 3, final: true)).Status);
        Assert.Equal(AnswerStatus.Duplicate, (await AnswerAsync(number, number: 3, final: true)).Status);
        AnswerResult late = await AnswerAsync(number);
        Assert.Equal((AnswerStatus.Ended, InquiryOutcome.Answered), (late.Status, late.Inquiry!.Outcome));
        Assert.Equal(3, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
    }

    [Fact]
    public async Task There_are_as_many_answers_as_are_allowed()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        await TakeAsync("traffic");
        for (int i = 1; i <= 3; i++)
            Assert.Equal(i, (await AnswerAsync(number)).Number);
        Assert.Equal(AnswerStatus.TooMany, (await AnswerAsync(number, final: true)).Status);
    }

    [Fact]
    public async Task Only_who_was_handed_it_may_answer()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        Assert.Equal(AnswerStatus.NotHanded, (await AnswerAsync(number)).Status);
        await TakeAsync("traffic", "alpha");
        Assert.Equal(AnswerStatus.NotHanded, (await AnswerAsync(number, "beta")).Status);
        Assert.Equal(AnswerStatus.NotHanded, (await AnswerAsync(number, "alph")).Status);
        Assert.Equal(AnswerStatus.NotFound, (await AnswerAsync(new InquiryNumber(1_000))).Status);
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(number)).Status);
        Assert.Equal(1, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
    }

    [Fact]
    public async Task Who_answers_first_keeps_it()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        TakenInquiry first = Assert.Single(await TakeAsync("traffic", "alpha"));
        await SettleAsync(first, SettleVerb.Release);
        TakenInquiry second = Assert.Single(await TakeAsync("traffic", "beta"));
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(number, "alpha")).Status);
        Assert.Equal(AnswerStatus.KeptByOther, (await AnswerAsync(number, "beta")).Status);
        Assert.Equal(InquirySettleStatus.LeaseLapsed, (await SettleAsync(second, SettleVerb.Accept, handler: "beta")).Status);
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(number, "alpha", final: true)).Status);
    }

    [Fact]
    public async Task What_waits_again_may_still_be_answered_by_who_had_it()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        InquiryNumber number = await AskAsync(device, "q-1");
        await TakeAsync("traffic");
        Now += 100;
        await SweepInquiriesAsync();
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(number)).Status);
        Assert.Empty(await TakeAsync("traffic", "beta"));
        for (int i = 1; i <= 3; i++)
            await AskAsync(other, $"q-{i}");
        Assert.Equal(AskStatus.Asked, (await TryAskAsync(device, "q-2")).Status);
        Assert.Equal(AskStatus.SubjectFull, (await TryAskAsync(device, "q-3")).Status);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_the_answer_and_the_inquiry_stays_open()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber number = await AskAsync(device, "q-1");
        await TakeAsync("traffic");
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync(size: 0);
        AnswerResult full = await AnswerAsync(number, final: true);
        Assert.Equal((AnswerStatus.MailboxFull, null, 0), (full.Status, full.Inquiry!.Outcome, full.Inquiry.Answers));
        await Mailboxes.PurgeAsync(device.Number, "purge", Now);
        await SendAsync(size: (int)Limits.MaxBytes - 10);
        Assert.Equal(AnswerStatus.MailboxBytesFull, (await AnswerAsync(number, final: true)).Status);
        await Mailboxes.PurgeAsync(device.Number, "purge", Now);
        Assert.Equal(AnswerStatus.Stored, (await AnswerAsync(number, final: true)).Status);
        Assert.Equal(1, (await Inquiries.FindAsync(number))!.Answers);
    }

    [Fact]
    public async Task From_its_deadline_on_an_inquiry_is_neither_handed_out_nor_settled_nor_answered()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber waiting = await AskAsync(device, "q-1");
        TakenInquiry kept = Assert.Single(await TakeAsync("traffic"));
        await SettleAsync(kept, SettleVerb.Accept);
        await AskAsync(device, "q-2");
        Now += 500;
        Assert.Empty(await TakeAsync("traffic"));
        Assert.Equal(AnswerStatus.Ended, (await AnswerAsync(kept.Number)).Status);
        Assert.Equal(InquirySettleStatus.LeaseLapsed, (await SettleAsync(kept, SettleVerb.Reject)).Status);
        InquirySweep swept = await SweepInquiriesAsync();
        Assert.Equal((2, 0), (swept.Expired, swept.Lapsed));
        Assert.Equal(["traffic"], swept.Ended);
        AnswerResult late = await AnswerAsync(waiting);
        Assert.Equal((AnswerStatus.Ended, InquiryOutcome.Expired), (late.Status, late.Inquiry!.Outcome));
        Assert.Equal(0, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
    }

    [Fact]
    public async Task A_sweep_works_in_bounded_steps()
    {
        DeviceRecord device = await DeviceAsync();
        await AskAsync(device, "q-1");
        await AskAsync(device, "q-2");
        await AskAsync(device, "q-3");
        Now += 500;
        InquirySweep one = await Inquiries.SweepAsync(Now, 2, s_rules);
        Assert.Equal((2, true), (one.Expired, one.More));
        InquirySweep rest = await Inquiries.SweepAsync(Now, 2, s_rules);
        Assert.Equal((1, false), (rest.Expired, rest.More));
        Now += s_rules.RetentionMs;
        Assert.Equal(2, (await Inquiries.SweepAsync(Now, 2, s_rules)).Dropped);
        Assert.True((await Inquiries.SweepAsync(Now, 1, s_rules)).More);
        Assert.False((await Inquiries.SweepAsync(Now, 2, s_rules)).More);
        Assert.Empty((await Inquiries.ReadEndedAsync("traffic", 0, 10)).Ended);
    }

    [Fact]
    public async Task A_cancel_leaves_the_answers_and_refuses_later_ones_with_the_reason()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        InquiryNumber number = await AskAsync(device, "q-1");
        await TakeAsync("traffic");
        await AnswerAsync(number);
        Assert.Null((await Inquiries.CancelAsync(other.Number, "q-1", Now)).Inquiry);
        CancelInquiryResult cancelled = await Inquiries.CancelAsync(device.Number, "q-1", Now);
        Assert.Equal((true, InquiryOutcome.Cancelled), (cancelled.WasOpen, cancelled.Inquiry!.Outcome));
        Assert.False((await Inquiries.CancelAsync(device.Number, "q-1", Now)).WasOpen);
        AnswerResult late = await AnswerAsync(number);
        Assert.Equal((AnswerStatus.Ended, "The device took it back."), (late.Status, late.Inquiry!.Reason));
        Assert.Equal(1, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
        EndedInquiry ended = Assert.Single((await Inquiries.ReadEndedAsync("traffic", 0, 10)).Ended);
        Assert.Equal(
            (1L, number, device.Id, "q-1", "traffic", InquiryOutcome.Cancelled, "alpha", 1, Now),
            (ended.Number, ended.Inquiry, ended.Device, ended.Id, ended.Subject, ended.Outcome, ended.Handler, ended.Answers, ended.AtMs));
    }

    [Fact]
    public async Task A_cancel_after_the_deadline_finds_it_expired()
    {
        DeviceRecord device = await DeviceAsync();
        await AskAsync(device, "q-1");
        Now += 500;
        CancelInquiryResult late = await Inquiries.CancelAsync(device.Number, "q-1", Now);
        Assert.Equal((true, InquiryOutcome.Expired), (late.WasOpen, late.Inquiry!.Outcome));
    }

    [Fact]
    public async Task Handlers_read_what_ended_without_them_by_subject()
    {
        DeviceRecord device = await DeviceAsync();
        await AskAsync(device, "q-1");
        await AskAsync(device, "q-2", "lights");
        await AskAsync(device, "q-3");
        await Inquiries.CancelAsync(device.Number, "q-3", Now);
        await Inquiries.CancelAsync(device.Number, "q-2", Now);
        await TakeAsync("traffic");
        Now += 500;
        await SweepInquiriesAsync();
        EndedInquiryBatch ended = await Inquiries.ReadEndedAsync("traffic", 0, 10);
        Assert.Equal(
            [("q-3", InquiryOutcome.Cancelled, null), ("q-1", InquiryOutcome.Expired, "alpha")],
            ended.Ended.Select(e => (e.Id, e.Outcome, e.Handler)));
        Assert.Equal([1L, 2L], ended.Ended.Select(e => e.Number));
        Assert.Equal((0L, 2L), (ended.SkippedByRetention, ended.LastNumber));
        Assert.Equal(["q-1"], (await Inquiries.ReadEndedAsync("traffic", 1, 10)).Ended.Select(e => e.Id));
        Assert.Equal(["q-3"], (await Inquiries.ReadEndedAsync("traffic", 0, 1)).Ended.Select(e => e.Id));
    }

    [Fact]
    public async Task Removing_a_device_ends_its_inquiries()
    {
        DeviceRecord device = await DeviceAsync();
        InquiryNumber waiting = await AskAsync(device, "q-1");
        InquiryNumber leased = await AskAsync(device, "q-2");
        IReadOnlyList<TakenInquiry> taken = await TakeAsync("traffic", max: 1);
        Assert.Equal(waiting, taken[0].Number);
        await Registry.RemoveDeviceAsync(device.Id, null, Now);
        Assert.Empty(await TakeAsync("traffic", max: 10));
        AnswerResult late = await AnswerAsync(waiting);
        Assert.Equal((AnswerStatus.Ended, InquiryOutcome.DeviceRemoved), (late.Status, late.Inquiry!.Outcome));
        Assert.Equal(InquirySettleStatus.LeaseLapsed, (await SettleAsync(taken[0], SettleVerb.Reject)).Status);
        Assert.Equal([waiting, leased], (await Inquiries.ReadEndedAsync("traffic", 0, 10)).Ended.Select(e => e.Inquiry));
        DeviceRecord anew = await DeviceAsync();
        Assert.Null(await Inquiries.FindAsync(anew.Number, "q-1"));
        for (int i = 1; i <= 3; i++)
            await AskAsync(anew, $"q-{i}");
        Now += s_rules.RetentionMs;
        await SweepInquiriesAsync();
        Assert.Null(await Inquiries.FindAsync(leased));
    }
}
